// One request to the Vault of a test, past the modules.
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { TestVault } from './start-vault.ts'

interface Question {
  readonly method: string
  readonly path: string
  readonly token: string
  readonly body: JsonObject | undefined
}

export function askVault(vault: TestVault, { method, path, token, body }: Question) {
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is in the test
  return new Promise<{ status: number; body: any }>((resolve, reject) => {
    const options = { method, ca: readFileSync(vault.caFile), headers: { 'x-vault-token': token } }
    const asked = request(`${vault.url}/v1/${path}`, options, async answer => {
      const said = await text(answer)
      resolve({ status: answer.statusCode ?? 0, body: said === '' ? {} : JSON.parse(said) })
    })
    asked.once('error', reject)
    asked.end(body && JSON.stringify(body))
  })
}
