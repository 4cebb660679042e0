// One request to the lab's own Vault. It never tries again by itself, and no error holds what was sent or answered but Vault's own
// words.
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'
import { type LabNode, nodesFor, vaultUrl } from '../layout.ts'
import { readSecretFile } from '../secrets.ts'
import type { Lab } from '../state.ts'
import { vaultSecretFiles } from './files.ts'

export interface VaultAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: each caller reads the few fields it knows of an answer of the lab's own server
  readonly body: any
}

export type SendToVault = (
  method: string,
  path: string,
  body?: object,
  token?: string,
) => Promise<VaultAnswer>

const timeoutMs = 30_000

/** Any answer, whatever its status; rejects where there is none. */
export const sendTo =
  (lab: Pick<Lab, 'paths'>, node: LabNode): SendToVault =>
  (method, path, body, token) => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const headers = {
      ...(token ? { 'x-vault-token': token } : {}),
      ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }),
    }
    const options = { method, headers, ca: readFileSync(lab.paths.caFile), agent: false as const }
    const url = `${vaultUrl(node)}/v1/${path}`
    return new Promise((resolve, reject) => {
      const call = request(url, { ...options, signal: AbortSignal.timeout(timeoutMs) }, response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: response.statusCode ?? 0, body: text === '' ? {} : JSON.parse(text) })
        })
      })
      call.on('error', reject)
      call.end(payload)
    })
  }

/** The body; `undefined` where nothing is there; throws where the answer is another error. */
export type AskVault = (
  method: string,
  path: string,
  body?: object,
) => Promise<VaultAnswer['body'] | undefined>

const errors = z.object({ errors: z.array(z.string()) })

export const askWith =
  (send: SendToVault, token?: string): AskVault =>
  async (method, path, body) => {
    const answer = await send(method, path, body, token)
    if (answer.status < 300) return answer.body
    if (answer.status === 404 && method === 'GET') return undefined
    const said = errors.safeParse(answer.body)
    throw new OpsError('LAB_FAILED', {
      message: `the lab's Vault answers ${answer.status} to ${method} ${path}: ${said.data?.errors.join('; ') ?? ''}`,
      hint: answer.status === 503 ? 'ops lab fault unseal vault01' : 'ops lab status',
    })
  }

/** Of one who may do everything. */
export function askAsRoot(lab: Lab): AskVault {
  const [node] = nodesFor(lab.nodes, 'vault')
  if (!node)
    throw new OpsError('LAB_NOT_UP', { message: 'the lab has no Vault', hint: 'ops lab up --only vault' })
  return askWith(sendTo(lab, node), readSecretFile(vaultSecretFiles(lab.paths).token))
}
