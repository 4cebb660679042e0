// A cluster in memory that a test breaks in one way, a triage of it, and the first remedy carried out on it by hand.

import { diagnoseCluster } from '../../../runbooks/triage/diagnose.ts'
import type { Cause, Diagnosis, Remedy } from '../../../runbooks/triage/diagnosis.ts'
import triage from '../../../runbooks/triage/runbook.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import type { Look } from '../../../src/sdk/index.ts'
import { commandsOf } from '../../support/fake-world/commands.ts'
import { FakeWorld, type FakeWorldOptions } from '../../support/fake-world/fake-world.ts'

export { triage }

export const minuteMs = 60_000
export const dayMs = 86_400_000

/** One index with a replica on each of two nodes, one without, on three nodes that do everything. */
export const index = 'nginx-2025.04.09'
export const single = 'erp-2025.04.09'

export const begin = (options: FakeWorldOptions = {}): FakeWorld =>
  new FakeWorld({
    layout: 'small',
    indices: [
      { name: index, replicas: 1, tier: 'data_hot', docs: 1000, nodes: ['es-node01', 'es-node02'] },
      { name: single, replicas: 0, tier: 'data_hot', docs: 500, nodes: ['es-node03'] },
    ],
    ...options,
  })

export const lookIn = (world: FakeWorld): Look => lookOf(world.begin().engine, null)
export const diagnoseIn = (world: FakeWorld): Promise<Diagnosis> => diagnoseCluster(lookIn(world))

export const firstOf = ({ causes: [first] }: Diagnosis): Cause => {
  if (first === undefined) throw new Error('no cause was found')
  return first
}

export const setCluster = (
  { cluster }: FakeWorld,
  name: string,
  value: string | null,
  scope: 'persistent' | 'transient' = 'persistent',
): void => cluster.act({ do: 'set-cluster', scope, name, value })

export const setIndex = ({ cluster }: FakeWorld, name: string, value: string | null, of = index): void =>
  cluster.act({ do: 'set-index', index: of, name, value })

/** Does what a remedy says, as `reroute` would. */
export async function carryOut(world: FakeWorld, remedy: Remedy): Promise<void> {
  const { cluster } = world
  const { allocation, membership } = cluster
  switch (remedy.do) {
    case 'start-node':
      for (const node of remedy.nodes) cluster.startNode(node)
      break
    case 'clear-cluster-setting':
      setCluster(world, remedy.name, null, remedy.scope)
      break
    case 'lend-cluster-setting':
      setCluster(world, remedy.name, remedy.value)
      break
    case 'clear-index-setting':
      if (remedy.name === 'index.blocks.read_only_allow_delete')
        cluster.change(({ indices }) => {
          for (const one of indices) if (remedy.indices.includes(one.name)) one.blocks = []
        })
      for (const name of remedy.indices) setIndex(world, remedy.name, null, name)
      break
    case 'set-index-setting':
      for (const name of remedy.indices) setIndex(world, remedy.name, remedy.value, name)
      break
    case 'withdraw-shutdown':
      await membership.withdraw(remedy.nodeId)
      break
    case 'clear-voting-exclusions':
      await membership.clearVotingExclusions({ waitForRemoval: false })
      break
    case 'retry-failed':
      await allocation.retryFailed()
      break
    case 'retry-lifecycle':
      await allocation.retryLifecycle(remedy.indices)
      break
    case 'move': {
      const { do: what, index: of, shard, from, to } = remedy
      await allocation.reroute([{ do: what, index: of, shard, from, to }])
      break
    }
    case 'import-dangling':
      await allocation.importDangling(remedy.uuid)
      break
    case 'restore':
      for (const name of remedy.indices) cluster.act({ do: 'delete-index', name })
      await cluster.snapshots.restore({
        ...{ repository: remedy.repository, snapshot: remedy.snapshot, indices: remedy.indices, prefix: '' },
        ...{ settings: {}, without: [], globalState: false },
      } as unknown as Parameters<typeof cluster.snapshots.restore>[0])
      break
    case 'wait':
      await world.clock.sleep(remedy.forMs)
      break
    default:
      throw new Error(`a test cannot carry out ${remedy.do}`)
  }
  await world.clock.sleep(minuteMs)
  // The fake puts copies in place when somebody looks.
  await cluster.health({ timeoutMs: 1 })
  await world.clock.sleep(10 * minuteMs)
}

export const { planOn: plan, run } = commandsOf(triage)

/** The same look with some of its questions never answered. */
export function deafLook<T extends object>(
  port: T,
  isDeaf: (method: string) => boolean,
  fail: () => never,
): T {
  return new Proxy(port, {
    get: (target, name, receiver) =>
      typeof name === 'string' && isDeaf(name) ? async () => fail() : Reflect.get(target, name, receiver),
  })
}
