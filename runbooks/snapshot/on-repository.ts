// The files of a repository, by playbooks on one host that has its directory. What no host has (object storage) nobody can look
// at: that is an answer, not an error.
import {
  type InventoryHost,
  type Json,
  type JsonObject,
  type Look,
  outcomeError,
  type Repository,
} from '#sdk'

/** Ansible sends a sign of life every 15 s; reading terabytes back may take hours. */
const stallMs = 120_000

/** Those that must have the directory come first: masters and data nodes. */
export function hostsWithFiles(hosts: readonly InventoryHost[], repository: Repository): readonly string[] {
  if (repository.type !== 'fs') return []
  const own = hosts.filter(
    ({ groups, vars }) => groups.includes('elasticsearch') && typeof vars.es_repo_dir === 'string',
  )
  const must = own.filter(({ groups }) => groups.some(group => /^es_(master|data)/.test(group)))
  return [...new Set([...must, ...own])].map(({ name }) => name)
}

/**
 * Plays on the first of these hosts that can be reached; `null` where no host has the files.
 * @throws OpsError ANSIBLE_FAILED, ANSIBLE_UNREACHABLE, ANSIBLE_UNKNOWN
 */
export async function playOnRepository(
  { ansible, signal }: Pick<Look, 'ansible'> & { readonly signal?: AbortSignal },
  repository: Repository,
  playbook: string,
  vars: JsonObject,
): Promise<{ readonly host: string; readonly result: Json } | null> {
  const { hosts } = await ansible.inventory()
  const names = hostsWithFiles(hosts, repository)
  const { location } = repository.settings
  const dir = location?.startsWith('/') ? { ops_repo_dir: location } : {}
  for (const [at, host] of names.entries()) {
    const request = { playbook, hosts: [host], vars: { ...vars, ...dir }, stallMs }
    const played = await ansible.play({ ...request, ...(signal === undefined ? {} : { signal }) })
    const outcome = played.outcomes.get(host)
    if (outcome?.state === 'ok') return { host, result: played.results.get(host) ?? null }
    if (outcome?.state !== 'unreachable' || at === names.length - 1) throw outcomeError(host, played)
  }
  return null
}
