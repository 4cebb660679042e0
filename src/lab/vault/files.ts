// The files of the lab's Vault: what it is started with, on its node, and what proves who somebody is to it, in the lab's own
// secrets (0600 each).
import { join } from 'node:path'
import { type LabPaths, nodePaths } from '../paths.ts'

export interface VaultSecretFiles {
  /** What initialising gave: keys and first token, as Vault says them. */
  readonly init: string
  /** The first token alone. */
  readonly token: string
  /** Of the AppRole `ops`. */
  readonly roleId: string
  readonly secretId: string
}

export function vaultSecretFiles({ secrets }: LabPaths): VaultSecretFiles {
  const file = (name: string) => join(secrets, name)
  return {
    init: file('vault-init.json'),
    token: file('vault.token'),
    roleId: file('vault-ops.role_id'),
    secretId: file('vault-ops.secret_id'),
  }
}

export const vaultConfigFile = (nodesRoot: string, name: string): string =>
  join(nodePaths(nodesRoot, name).config, 'vault.hcl')

export const auditFile = (nodesRoot: string, name: string): string =>
  join(nodePaths(nodesRoot, name).logs, 'audit.log')
