// What the lab's Vault holds before anybody uses it: audit log, KV v2, policies and AppRoles, the same ones that role vault makes
// on hosts. It writes what is missing once, and nothing that is there.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writeAtomically } from '../state.ts'
import type { VaultSecretFiles } from './files.ts'
import type { AskVault } from './http.ts'

const contentDir = join(import.meta.dirname, '../../../roles/vault/files')

export const kvPath = 'secret'

const policies = z.record(
  z.string(),
  z.array(z.object({ path: z.string(), capabilities: z.array(z.string()) })),
)
const approles = z.array(z.object({ name: z.string(), policies: z.array(z.string()) }))

/** A file of the role; its `KV/` is where the secrets are. */
const readContent = (file: string): unknown =>
  JSON.parse(readFileSync(join(contentDir, file), 'utf8').replaceAll('"KV/', `"${kvPath}/`))

/** Name to text, written as the module ops_vault_content writes it. */
export function renderPolicies(): Readonly<Record<string, string>> {
  const texts = Object.entries(policies.parse(readContent('policies.json'))).map(([name, rules]) => [
    name,
    rules
      .map(rule => `path ${JSON.stringify(rule.path)} {\n  capabilities = ${listOf(rule.capabilities)}\n}`)
      .join('\n'),
  ])
  return Object.fromEntries(texts)
}

/** Each with its policies. */
export const readApproles = (): z.infer<typeof approles> => approles.parse(readContent('approles.json'))

const listOf = (words: readonly string[]): string => `[${words.map(word => JSON.stringify(word)).join(', ')}]`

export async function fillVault(ask: AskVault, auditFile: string): Promise<void> {
  // The audit log comes first, so that it has all the rest.
  const audits = await ask('GET', 'sys/audit')
  if (!audits?.data['file/']) {
    await ask('PUT', 'sys/audit/file', { type: 'file', options: { file_path: auditFile } })
  }
  const mounts = await ask('GET', 'sys/mounts')
  if (!mounts?.data[`${kvPath}/`]) {
    await ask('POST', `sys/mounts/${kvPath}`, { type: 'kv', options: { version: '2' } })
  }
  for (const [name, policy] of Object.entries(renderPolicies())) {
    await ask('PUT', `sys/policies/acl/${name}`, { policy })
  }
  const auths = await ask('GET', 'sys/auth')
  if (!auths?.data['approle/']) await ask('POST', 'sys/auth/approle', { type: 'approle' })
  for (const { name, policies: token_policies } of readApproles()) {
    const lifetimes = { token_ttl: 3600, token_max_ttl: 86_400, secret_id_ttl: 0 }
    await ask('POST', `auth/approle/role/${name}`, { token_policies, ...lifetimes })
  }
}

/** How `ops` proves who it is; asked again, it leaves the files as they are. */
export async function handOutOps(ask: AskVault, { roleId, secretId }: VaultSecretFiles): Promise<void> {
  const role = 'auth/approle/role/ops'
  if (!existsSync(roleId)) {
    const { data } = await ask('GET', `${role}/role-id`)
    writeAtomically(roleId, data.role_id, 0o600)
  }
  if (existsSync(secretId)) return
  const { data } = await ask('POST', `${role}/secret-id`, {})
  writeAtomically(secretId, data.secret_id, 0o600)
}
