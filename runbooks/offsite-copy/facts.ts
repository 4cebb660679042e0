// Everything that gates and plan need: the repository as the cluster has it, as its files are, and what the store has of it. Reads only.
import type { InventoryHost, JsonObject, Look, Repository, RepositoryWork, SnapshotInfo } from '#sdk'
import { hostsWithFiles } from '../snapshot/on-repository.ts'
import type { Ends } from './marker.ts'
import type { CopyParams } from './params.ts'
import { lookAtEnds } from './play.ts'
import { missingVars, placeOf, quotaOf, type StorePlace } from './store.ts'

export interface CopyFacts {
  /** `null` where the cluster has none of this name. */
  readonly repository: Repository | null
  /** Its directory; empty where it has none. */
  readonly directory: string
  readonly work: readonly RepositoryWork[]
  readonly snapshots: readonly SnapshotInfo[]
  /** Empty where no host of the inventory has the files. */
  readonly host: string
  readonly store: StorePlace
  /** Variables that the inventory lacks. */
  readonly missing: readonly string[]
  readonly quotaBytes: number | null
  /** `null` where there was nothing to look with. */
  readonly ends: Ends | null
}

export async function lookAtCopy(look: Look, params: CopyParams): Promise<CopyFacts> {
  const { hosts } = await look.ansible.inventory()
  const repository =
    (await look.snapshots.repositories()).find(({ name }) => name === params.repository) ?? null
  const [host] = repository === null ? [] : chooseHost(hosts, repository, params.host)
  const directory = repository === null ? '' : directoryOf(repository, host)
  const usable = repository !== null && directory !== '' && repository.type === 'fs'
  const snapshots = usable ? await look.snapshots.list(params.repository) : []
  const facts = {
    repository,
    directory,
    snapshots,
    work: (await look.snapshots.work()).filter(one => one.repository === params.repository),
    host: host?.name ?? '',
    store: placeOf(host),
    missing: missingVars(host),
    quotaBytes: quotaOf(host),
  }
  const canLook = usable && host !== undefined && facts.missing.length === 0
  return { ...facts, ends: canLook ? await lookAtEnds(look, asked(facts), lookVars(facts)) : null }
}

const asked = ({ host, repository }: Omit<CopyFacts, 'ends'>) => ({
  host,
  repository: repository?.name ?? '',
})

/** The newest snapshot has a file of its name at the root: a directory without it is not the one that the cluster writes to. */
const lookVars = ({ directory, snapshots, quotaBytes }: Omit<CopyFacts, 'ends'>): JsonObject => ({
  offsite_copy_directory: directory,
  offsite_copy_measure: quotaBytes !== null,
  offsite_copy_expected: snapshots
    .filter(({ state }) => state !== 'IN_PROGRESS')
    .slice(-1)
    .map(({ uuid }) => `snap-${uuid}.dat`),
})

export function chooseHost(
  hosts: readonly InventoryHost[],
  repository: Repository,
  wanted: string | undefined,
): readonly InventoryHost[] {
  const names = hostsWithFiles(hosts, repository)
  const chosen = wanted === undefined ? names.slice(0, 1) : names.filter(name => name === wanted)
  return hosts.filter(({ name }) => chosen.includes(name))
}

/** As the cluster says it; a relative one is below what the nodes may use. */
export function directoryOf({ settings }: Repository, host: InventoryHost | undefined): string {
  const { location = '' } = settings
  if (location === '' || location.startsWith('/')) return location
  const base = host?.vars.es_repo_dir
  return typeof base === 'string' ? `${base.replace(/\/+$/, '')}/${location}` : ''
}
