// What the store has, where it is to go, and what the cluster has of that name already. Reads only.
import { posix } from 'node:path'
import type { InventoryHost, Look, Repository, RunningRestore } from '#sdk'
import type { Ends } from '../offsite-copy/marker.ts'
import { lookAtEnds } from '../offsite-copy/play.ts'
import { missingVars, placeOf, type StorePlace } from '../offsite-copy/store.ts'
import { hostsWithFiles } from '../snapshot/on-repository.ts'
import type { FetchParams } from './params.ts'

export interface FetchFacts {
  readonly repositories: readonly Repository[]
  readonly restores: readonly RunningRestore[]
  /** Empty where no host of the inventory says where repositories are. */
  readonly host: string
  /** Where the nodes may have repositories. */
  readonly base: string
  readonly into: string
  readonly store: StorePlace
  readonly missing: readonly string[]
  /** `null` where there was nothing to look with. */
  readonly ends: Ends | null
}

export async function lookAtFetch(look: Look, params: FetchParams): Promise<FetchFacts> {
  const { hosts } = await look.ansible.inventory()
  const host = chooseTarget(hosts, params.host)
  const base = posix.resolve('/', textOf(host?.vars.es_repo_dir))
  const facts = {
    repositories: await look.snapshots.repositories(),
    restores: await look.snapshots.restores(),
    host: host?.name ?? '',
    base,
    into: posix.resolve(params.into ?? `${base}/ops-fetched/${params.repository}`),
    store: placeOf(host),
    missing: missingVars(host),
  }
  const canLook = host !== undefined && facts.missing.length === 0
  const asked = { host: facts.host, repository: params.repository }
  return {
    ...facts,
    ends: canLook ? await lookAtEnds(look, asked, { offsite_copy_into: facts.into }) : null,
  }
}

function chooseTarget(
  hosts: readonly InventoryHost[],
  wanted: string | undefined,
): InventoryHost | undefined {
  const names = hostsWithFiles(hosts, anyDirectory)
  const chosen = wanted === undefined ? names[0] : names.find(name => name === wanted)
  return hosts.find(({ name }) => name === chosen)
}

const anyDirectory: Repository = { name: '', type: 'fs', settings: {}, readOnly: true }

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
