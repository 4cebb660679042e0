// The steady state: what must hold before a drill, and hold again after it. Pure, but for the reading of it.
import type { ClusterHealth, Look, MasterState } from '#sdk'

export type Steady = {
  readonly status: ClusterHealth['status']
  /** Names, sorted. */
  readonly nodes: readonly string[]
  readonly master: MasterState['stable']
  readonly unassigned: number
  readonly moving: number
}

export async function readSteady({ elasticsearch: es }: Look): Promise<Steady> {
  const health = await es.health({ timeoutMs: 10_000 })
  const master = await es.master()
  const members = await es.members()
  return {
    status: health.status,
    nodes: members.map(({ name }) => name).sort(),
    master: master.stable,
    unassigned: health.unassignedShards,
    moving: health.initializingShards + health.relocatingShards,
  }
}

/** What is not as it should be, one sentence each; empty where it is steady. */
export function explainUnsteady(now: Steady, wanted: readonly string[]): readonly string[] {
  const missing = wanted.filter(name => !now.nodes.includes(name))
  return [
    ...(now.status === 'green' ? [] : [`the cluster is ${now.status}, ${now.unassigned} copies are missing`]),
    ...(missing.length === 0 ? [] : [`not in the cluster: ${missing.join(', ')}`]),
    ...(now.master === 'green' ? [] : [`the master is not stable: ${now.master}`]),
    ...(now.moving === 0 ? [] : [`${now.moving} copies are being made or moved`]),
  ]
}
