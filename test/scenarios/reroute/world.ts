// A fake cluster of three nodes that breaks in many ways, and runs of reroute in it: begun, killed, approved, carried on.

import { expect } from 'chai'
import type { Diagnose } from '../../../runbooks/reroute/facts.ts'
import { rerouteWith } from '../../../runbooks/reroute/reroute-with.ts'
import { approveRun } from '../../../src/engine/approvals.ts'
import type { RunEnd } from '../../../src/engine/run.ts'
import type { JournalRecord } from '../../../src/ports/journal.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { FakeClusterOptions, FakeState } from '../../support/fake-cluster/fake-cluster.ts'
import { commandsOf, type Ended } from '../../support/fake-world/commands.ts'
import { type FakeProcess, FakeWorld } from '../../support/fake-world/fake-world.ts'
import { lookAndTell } from './look-and-tell.ts'

export const crm = 'crm'
export const quiet = 'quiet'

const indices = [
  {
    ...{ name: crm, shards: 1, replicas: 1, tier: 'data_hot', docs: 1000, written: true },
    nodes: ['es-node01', 'es-node02'],
    settings: { 'index.unassigned.node_left.delayed_timeout': '1h' },
  },
  { name: quiet, shards: 1, replicas: 1, tier: 'data_hot', docs: 500, nodes: ['es-node02', 'es-node03'] },
]

export const rerouteWorld = (options: FakeClusterOptions = {}): FakeWorld =>
  new FakeWorld({ layout: 'small', indices, writesPerSecond: 1, ...options })

/**
 * What was written in a minute is on one copy only, and that one is lost with its disk: `es-node02` has an old copy, `es-node01` comes
 * back as another node.
 */
export async function loseNewerCopy({ cluster, clock }: FakeWorld): Promise<void> {
  cluster.stopNode('es-node02')
  await clock.sleep(60_000)
  cluster.act({ do: 'set-index', index: crm, name: 'index.routing.allocation.enable', value: 'primaries' })
  const delay = 'index.unassigned.node_left.delayed_timeout'
  cluster.act({ do: 'set-index', index: crm, name: delay, value: null })
  cluster.startNode('es-node02')
  await clock.sleep(60_000)
  cluster.stopNode('es-node01')
  cluster.act({ do: 'wipe-node', node: 'es-node01' })
  cluster.startNode('es-node01')
  await clock.sleep(120_000)
}

/** The copy of `es-node02` misses what was written while that was away, and is not mended: `es-node01` alone has all of it. */
export async function letOneFallBehind({ cluster, clock }: FakeWorld): Promise<void> {
  cluster.act({ do: 'set-index', index: crm, name: 'index.routing.allocation.enable', value: 'primaries' })
  cluster.stopNode('es-node02')
  await clock.sleep(60_000)
  cluster.startNode('es-node02')
  await clock.sleep(60_000)
}

export const losing: JsonObject = { maxRisk: 'loses-data', acceptLoss: `${crm}/0` }

const runbookOf = (diagnose: Diagnose = lookAndTell) => rerouteWith(diagnose)

export const reroute = (process: FakeProcess, given: JsonObject = {}, diagnose?: Diagnose): Ended =>
  commandsOf(runbookOf(diagnose)).run(process, given)

export const carryOn = (
  process: FakeProcess,
  mode: 'resume' | 'abort' = 'resume',
  diagnose?: Diagnose,
  id = 'run-1',
): Ended => commandsOf(runbookOf(diagnose)).carryOn(process, mode, id)

export async function approveAs(world: FakeWorld, actor = 'ben', id = 'run-1'): Promise<void> {
  await approveRun(world.begin({ actor }).engine, id)
}

export const recordsOf = ({ journal }: FakeWorld, id = 'run-1'): Promise<readonly JournalRecord[]> =>
  journal.read(id)

export async function remarksOf(world: FakeWorld, id = 'run-1'): Promise<string> {
  return (await recordsOf(world, id))
    .filter(({ type }) => type === 'remark')
    .map(({ text }) => String(text))
    .join('\n')
}

export const expectOutcome = (end: RunEnd | 'killed', outcome: string): RunEnd => {
  if (end === 'killed') throw new Error('it was killed')
  expect(end.outcome, `${end.error?.code}: ${end.error?.message} ${end.error?.hint}`).to.equal(outcome)
  return end
}

/** What a run may change for a while. */
export const lentThings = ({ settings, indices: all, shutdowns }: FakeState): string =>
  JSON.stringify([settings, all.map(({ name, settings: own }) => [name, own]), shutdowns])

export const isGreen = ({ cluster }: FakeWorld): boolean =>
  cluster.state.indices.every(({ shards }) =>
    shards.every(({ copies }) => copies.every(({ state }) => state === 'STARTED')),
  )
