// Initialises, unseals and seals the lab's Vault. The keys lie in a file of mode 0600 from the moment they exist, and no file of
// keys is ever written over.
import { existsSync } from 'node:fs'
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'
import { pointToLogs } from '../joining.ts'
import type { LabNode } from '../layout.ts'
import { readSecretFile } from '../secrets.ts'
import { type Lab, writeAtomically } from '../state.ts'
import { waitFor } from '../wait.ts'
import { vaultSecretFiles } from './files.ts'
import { askWith, sendTo } from './http.ts'

const stallMs = 30_000

const sealStatus = z.object({ initialized: z.boolean(), sealed: z.boolean() })
const firstSecrets = z.object({ keys_base64: z.array(z.string()).nonempty(), root_token: z.string() })

/** @throws OpsError USAGE where it is a node of something else */
export function requireVaultNode(node: LabNode): LabNode {
  if (node.service === 'vault') return node
  throw new OpsError('USAGE', { message: `${node.name} is no Vault`, hint: 'vault01' })
}

export async function readSeal(lab: Lab, node: LabNode): Promise<{ initialised: boolean; sealed: boolean }> {
  const answer = await askWith(sendTo(lab, node))('GET', 'sys/seal-status')
  const { initialized, sealed } = sealStatus.parse(answer)
  return { initialised: initialized, sealed }
}

/** Says whether it had to be done. */
export async function initialise(lab: Lab, node: LabNode): Promise<boolean> {
  const { init, token } = vaultSecretFiles(lab.paths)
  if ((await readSeal(lab, node)).initialised) {
    if (existsSync(init)) return false
    throw new OpsError('LAB_FAILED', {
      message: `${node.name} is initialised, and ${init} with its keys is not there`,
      hint: 'ops lab down',
    })
  }
  if (existsSync(init)) {
    throw new OpsError('LAB_FAILED', {
      message: `${node.name} is empty, and ${init} has the keys of one that was not`,
      hint: 'ops lab down',
    })
  }
  const size = { secret_shares: 1, secret_threshold: 1 }
  const answer = firstSecrets.parse(await askWith(sendTo(lab, node))('PUT', 'sys/init', size))
  writeAtomically(init, `${JSON.stringify(answer)}\n`, 0o600)
  writeAtomically(token, answer.root_token, 0o600)
  return true
}

/** Says whether it had to be done; returns once it serves. */
export async function unseal(lab: Lab, node: LabNode): Promise<boolean> {
  const { sealed } = await readSeal(lab, node)
  const send = sendTo(lab, node)
  if (sealed) {
    const { keys_base64: keys } = firstSecrets.parse(
      JSON.parse(readSecretFile(vaultSecretFiles(lab.paths).init)),
    )
    for (const key of keys) await askWith(send)('PUT', 'sys/unseal', { key })
  }
  await waitFor({
    stallMs,
    everyMs: 50,
    look: async () => {
      const { status } = await send('GET', 'sys/health')
      return status === 200 ? { result: true } : { progress: String(status) }
    },
    onStall: status =>
      new OpsError('LAB_FAILED', {
        message: `${node.name} is unsealed and does not serve: sys/health answers ${status}`,
        hint: pointToLogs(lab, [node]),
      }),
  })
  return sealed
}

export async function seal(lab: Lab, node: LabNode): Promise<void> {
  await askWith(sendTo(lab, node), readSecretFile(vaultSecretFiles(lab.paths).token))('PUT', 'sys/seal')
}
