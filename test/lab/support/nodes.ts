// What a real cluster says of its nodes and settings, asked past `ops` so that `ops` is not its own witness.
import { OpsError } from '../../../src/errors/index.ts'
import { connect } from '../../../src/lab/elasticsearch/http.ts'
import type { LoadTarget } from '../../../src/lab/load/target.ts'
import { waitFor } from '../../../src/lab/wait.ts'

export interface NodeIdentity {
  readonly id: string
  readonly ephemeralId: string
}

export interface Witness extends Disposable {
  nodes(): Promise<ReadonlyMap<string, NodeIdentity>>
  /** Every explicit cluster setting, and of every index the settings that a restart may change for a while. */
  settings(): Promise<unknown>
  indices(): Promise<readonly string[]>
  status(): Promise<string>
  /** Returns when no copy has moved for a while: they move in rounds, and a run that begins between two of them is refused. */
  atRest(): Promise<void>
}

/** Looks without a copy on its way, one after the other; 200 ms apart. */
const calmLooks = 15
const restStallMs = 120_000

const restartSettings = 'index.unassigned.*,index.number_of_replicas'

export function witnessOf(lab: LoadTarget): Witness {
  const elastic = connect(lab, 'elastic')
  return {
    nodes: async () => {
      const { nodes } = await elastic.ask('GET', '/_cluster/state/nodes?filter_path=nodes')
      const entries = Object.entries(nodes as Record<string, { name: string; ephemeral_id: string }>)
      return new Map(entries.map(([id, one]) => [one.name, { id, ephemeralId: one.ephemeral_id }]))
    },
    settings: async () => ({
      cluster: await elastic.ask('GET', '/_cluster/settings?flat_settings=true'),
      indices: await elastic.ask(
        'GET',
        `/*/_settings/${restartSettings}?flat_settings=true&expand_wildcards=all`,
      ),
    }),
    indices: async () =>
      Object.keys(await elastic.ask('GET', '/*/_settings/index.uuid?expand_wildcards=all')).sort(),
    status: async () =>
      (await elastic.ask('GET', '/_cluster/health?wait_for_status=green&timeout=60s')).status,
    async atRest() {
      let calm = 0
      await waitFor({
        stallMs: restStallMs,
        look: async () => {
          const health = await elastic.ask('GET', '/_cluster/health')
          const moving = health.relocating_shards + health.initializing_shards
          calm = moving === 0 ? calm + 1 : 0
          return calm >= calmLooks ? { result: undefined } : { progress: `${moving} ${calm}` }
        },
        onStall: last => new OpsError('STALLED', { message: `copies come to no rest: ${last}` }),
      })
    },
    [Symbol.dispose]: () => elastic[Symbol.dispose](),
  }
}
