// A cluster, a repository's files and a store, all in memory: the playbooks of the role offsite_copy keep their promises here, in the same
// passes, and every pass is looked at by a reader who must never find an index whose files are missing.

import offsiteCopy from '../../../runbooks/offsite-copy/runbook.ts'
import offsiteFetch from '../../../runbooks/offsite-fetch/runbook.ts'
import type { MadePlan } from '../../../src/engine/plan.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { Runbook } from '../../../src/sdk/runbook.ts'
import type { FakePlaybook } from '../../support/fake-ansible/fake-ansible.ts'
import { commandsOf, type Ended } from '../../support/fake-world/commands.ts'
import { type FakeProcess, FakeWorld } from '../../support/fake-world/fake-world.ts'
import type { WorldClock } from '../../support/fake-world/world-clock.ts'

// biome-ignore lint/suspicious/noExplicitAny: facts and details differ from runbook to runbook
type AnyRunbook = Runbook<any, any, any>

export { offsiteCopy, offsiteFetch }

export const repositoryDir = '/srv/elk_backup'
const passMs = 800

export interface Offsite {
  rclone: string | null
  storeDown: boolean
  mounted: boolean
  generation: number
  /** By generation: the files that its index names. */
  readonly named: Map<number, ReadonlySet<string>>
  readonly source: Set<string>
  readonly store: Set<string>
  readonly target: Set<string>
  fetched: boolean
  free: number
  marker: JsonObject | null
  /** What a reader of the store would have met. */
  readonly torn: string[]
}

export interface OffsiteWorld {
  readonly world: FakeWorld
  readonly offsite: Offsite
}

export const offsiteVars: JsonObject = {
  es_repo_dir: repositoryDir,
  offsite_endpoint: 'https://s3.example.org',
  offsite_bucket: 'elk-offsite',
  offsite_access_key_file: '/etc/ops/secrets/offsite.access',
  offsite_secret_key_file: '/etc/ops/secrets/offsite.secret',
}

/** Three nodes and a repository of two snapshots; nothing is at the store yet. */
export async function begin(vars: JsonObject = {}): Promise<OffsiteWorld> {
  const offsite: Offsite = {
    ...{ rclone: 'v1.60.1', storeDown: false, mounted: true, generation: 0, fetched: false, free: 1e12 },
    ...{ named: new Map(), source: new Set(), store: new Set(), target: new Set(), marker: null, torn: [] },
  }
  const world = new FakeWorld({
    layout: 'small',
    playbooks: (_cluster, clock) => playbooksOn(offsite, clock),
  })
  const { hosts } = await world.ansible.inventory()
  world.ansible.setHosts(hosts.map(host => ({ ...host, vars: { ...host.vars, ...offsiteVars, ...vars } })))
  const made = { world, offsite }
  await snapshot(made, 'one')
  await snapshot(made, 'two')
  return made
}

/** Takes a snapshot: another generation, with two files more. */
export async function snapshot({ world, offsite }: OffsiteWorld, name: string): Promise<void> {
  const { snapshots, indices } = world.cluster
  const [index] = await indices.find(['*'])
  await snapshots.create({
    ...{ repository: 'elk_backup', name, indices: [index?.name ?? ''], globalState: false, metadata: {} },
  })
  await world.clock.sleep(600_000)
  const uuid = (await snapshots.list('elk_backup')).find(one => one.name === name)?.uuid ?? ''
  write(offsite, new Set([...filesOf(offsite), `snap-${uuid}.dat`, `indices/a/__${name}`]))
}

/** Deletes a snapshot: another generation, without its files. */
export async function forget({ world, offsite }: OffsiteWorld, name: string): Promise<void> {
  const { snapshots } = world.cluster
  const uuid = (await snapshots.list('elk_backup')).find(one => one.name === name)?.uuid ?? ''
  await snapshots.remove('elk_backup', [name])
  const gone = [`snap-${uuid}.dat`, `indices/a/__${name}`]
  write(offsite, new Set([...filesOf(offsite)].filter(file => !gone.includes(file))))
}

const filesOf = ({ named, generation }: Offsite): ReadonlySet<string> => named.get(generation) ?? new Set()

export function write(offsite: Offsite, files: ReadonlySet<string>): void {
  offsite.source.clear()
  offsite.generation += 1
  offsite.named.set(offsite.generation, files)
  for (const file of [...files, `index-${offsite.generation}`]) offsite.source.add(file)
}

function playbooksOn(offsite: Offsite, clock: WorldClock): Record<string, FakePlaybook> {
  const isIndex = (file: string): boolean => /^index-\d+$/.test(file)
  /** One pass, as one start of rclone is: file by file, looked at by a reader after each. */
  const pass = async (files: Iterable<string>, change: (file: string) => void): Promise<number> => {
    let count = 0
    for (const file of files) {
      change(file)
      count += 1
      lookAsReader(offsite)
    }
    await clock.sleep(passMs)
    return count
  }
  const require = (generation: unknown): void => {
    if (!offsite.mounted) throw new Error('holds no repository any more: is it still mounted?')
    if (generation !== offsite.generation) throw new Error('somebody else has written to the repository')
  }
  return {
    'offsite_look.yml': (_host, { vars }) => ({
      changed: false,
      result: {
        rclone: offsite.rclone,
        source: typeof vars.offsite_copy_directory === 'string' ? lookAtSource(offsite, vars) : null,
        store: {
          problem: offsite.storeDown ? 'connection refused' : null,
          marker: offsite.rclone === null || offsite.storeDown ? null : offsite.marker,
        },
        target:
          typeof vars.offsite_copy_into === 'string'
            ? { entries: offsite.target.size, fetched: offsite.fetched, free: offsite.free }
            : null,
      },
    }),
    'offsite_install.yml': () => {
      offsite.rclone = 'v1.60.1'
    },
    'offsite_copy.yml': async (_host, { vars }) => {
      const { offsite_copy_generation: generation, offsite_copy_run: run } = vars
      require(generation)
      const { whole = null, whole_bytes = null, snapshots = [] } = offsite.marker ?? {}
      const started_at = clock.now().toISOString()
      offsite.marker = { state: 'unfinished', run, generation, whole, whole_bytes, snapshots, started_at }
      const missing = [...offsite.source].filter(file => !offsite.store.has(file))
      const isBlob = (file: string): boolean => !isIndex(file)
      const blobs = await pass(missing.filter(isBlob), file => offsite.store.add(file))
      require(generation)
      const files = blobs + (await pass(missing.filter(isIndex), file => offsite.store.add(file)))
      require(generation)
      const surplus = [...offsite.store].filter(file => !offsite.source.has(file)).length
      offsite.marker = {
        ...offsite.marker,
        ...{
          whole: generation,
          whole_bytes: offsite.source.size * 1000,
          files: offsite.source.size,
          surplus,
        },
        moved: { bytes: files * 1000, files },
        snapshots: vars.offsite_copy_snapshots,
        ended_at: clock.now().toISOString(),
        state: surplus === 0 ? 'finished' : 'unfinished',
      }
      return { result: { marker: offsite.marker } }
    },
    'offsite_tidy.yml': async (_host, { vars }) => {
      require(vars.offsite_copy_generation)
      const surplus = [...offsite.store].filter(file => !offsite.source.has(file))
      await pass(surplus.filter(isIndex), file => offsite.store.delete(file))
      await pass(
        surplus.filter(file => !isIndex(file)),
        file => offsite.store.delete(file),
      )
      offsite.marker = { ...offsite.marker, state: 'finished', surplus: 0 }
      return { result: { removed: surplus.length, marker: offsite.marker } }
    },
    'offsite_fetch.yml': async (_host, { vars }) => {
      const generation = Number(vars.offsite_copy_generation)
      offsite.fetched = true
      const wanted = [...(offsite.named.get(generation) ?? []), `index-${generation}`]
      const lost = wanted.filter(file => !offsite.store.has(file))
      if (lost.length > 0) throw new Error(`the store lacks ${lost.join(', ')}`)
      const files = await pass(
        wanted.filter(file => !offsite.target.has(file)),
        file => offsite.target.add(file),
      )
      return {
        result: { moved: { bytes: files * 1000, files }, bytes: wanted.length * 1000, files: wanted.length },
      }
    },
  }
}

function lookAtSource({ mounted, generation, source }: Offsite, vars: JsonObject) {
  const expected = (vars.offsite_copy_expected ?? []) as readonly string[]
  return {
    exists: true,
    generation: mounted ? generation : null,
    missing: expected.filter(file => !mounted || !source.has(file)),
    bytes: vars.offsite_copy_measure === true ? source.size * 1000 : null,
  }
}

/** A reader goes by the newest index that it sees. */
function lookAsReader({ store, named, torn }: Offsite): void {
  const newest = Math.max(0, ...[...store].flatMap(file => Number(/^index-(\d+)$/.exec(file)?.[1] ?? 0)))
  const lost = [...(named.get(newest) ?? [])].filter(file => !store.has(file))
  if (lost.length > 0) torn.push(`index-${newest} without ${lost.join(', ')}`)
}

export const planOn = (
  process: FakeProcess,
  runbook: AnyRunbook = offsiteCopy,
  params: JsonObject = {},
  waivers: ReadonlyMap<string, string> = new Map(),
): Promise<MadePlan> => commandsOf(runbook).planOn(process, params, waivers)

export const run = (
  process: FakeProcess,
  runbook: AnyRunbook = offsiteCopy,
  params: JsonObject = {},
  waivers: ReadonlyMap<string, string> = new Map(),
): Ended => commandsOf(runbook).run(process, params, waivers)

export const carryOn = (
  process: FakeProcess,
  runId: string,
  runbook: AnyRunbook = offsiteCopy,
  mode: 'resume' | 'abort' = 'resume',
): Ended => commandsOf(runbook).carryOn(process, mode, runId)
