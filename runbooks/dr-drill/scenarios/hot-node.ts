// A hot node is lost with its disk and comes back empty. Reads like the procedure; the parts are below.
import { durationMs, OpsError, type Run, sayFew } from '#sdk'
import { findLost, leaveRound } from '../canaries.ts'
import { compareWithBefore, readContentBefore } from '../content-before.ts'
import { killServices, wipeDisks } from '../lose.ts'
import { begin, type Found, noteTime, readPatiently, startPhases } from '../method.ts'
import { startNodes, waitUntilJoined, waitUntilSteady } from '../nodes.ts'
import type { DrillParams } from '../params.ts'
import type { NodesDetails } from '../plan.ts'
import { listDown } from '../rebuild.ts'
import { tellNodesWhole } from '../tell-whole.ts'
import type { Scenario } from './scenario.ts'

export const hotNode: Scenario<NodesDetails> = {
  method: loseAndWait,
  restore: async (run, details, { stall }) => {
    const victim = victimOf(details)
    if ((await listDown(run, [victim])).length > 0) await startNodes(run, 'back', [victim], 'elasticsearch')
    await waitUntilJoined(run, [victim], stall)
    await run.mark(`${victim}.back`, 'node.back', { node: victim })
    await removeCanaries(run, stall)
  },
  settle: async (run, details, { stall }) => {
    const { nodes } = await waitUntilSteady(run, details.hosts, stall)
    await tellNodesWhole(run, [victimOf(details)])
    return `green, ${nodes.length} nodes, a stable master`
  },
}

/**
 * 1. Remember what is there, leave documents.
 * 2. Kill the node, leave documents while it is away, wipe its disk.
 * 3. Start it empty, wait until every copy is there again, leave documents.
 * 4. Read everything back: what was acknowledged, and what was there before.
 */
async function loseAndWait(asked: Run, details: NodesDetails, { stall }: DrillParams): Promise<Found> {
  const { hosts } = details
  const victim = victimOf(details)
  const stallMs = durationMs(stall)
  const before = await asked.note('content.before', () =>
    readPatiently(asked, 'counts what is there', stallMs, () => readContentBefore(asked, true)),
  )
  const run = await begin(asked)
  const phases = startPhases(run)
  const acked = [...(await leaveRound(run, 'before'))]
  await run.note('steady.before', () => waitUntilSteady(run, hosts, stall))
  await noteTime(run, 'declared')
  const loss = { key: victim, hosts: [victim], service: 'elasticsearch' } as const
  await phases.take('kill', () => killServices(run, loss))
  await phases.take('every shard serves again', () => waitUntilServing(run, stallMs))
  acked.push(...(await leaveRound(run, 'away')))
  await phases.take('wipe', () => wipeDisks(run, loss, []))
  await phases.take('start and join', async () => {
    await startNodes(run, victim, [victim], 'elasticsearch')
    await waitUntilJoined(run, [victim], stall)
    await run.mark(`${victim}.back`, 'node.back', { node: victim })
    return null
  })
  await phases.take('every copy is back', () => waitUntilSteady(run, hosts, stall))
  acked.push(...(await leaveRound(run, 'after')))
  const lost = await findLost(run, acked)
  const content = await readPatiently(run, 'compares with before', stallMs, () =>
    compareWithBefore(run, before),
  )
  const verifiedAtMs = await noteTime(run, 'verified')
  const troubles = [
    ...(lost.length === 0 ? [] : [`${lost.length} acknowledged documents are gone: ${sayFew(lost, 3)}`]),
    ...content.troubles,
  ]
  return {
    verifiedAtMs,
    rpoSeconds: troubles.length === 0 ? 0 : null,
    phases: phases.all,
    proven: [
      ...(lost.length === 0
        ? [`${acked.length} documents were acknowledged before, while and after; all of them are there`]
        : []),
      ...content.proven,
    ],
    troubles,
  }
}

export function victimOf({ victim }: NodesDetails): string {
  if (victim !== null) return victim
  throw new OpsError('BUG', { message: 'the plan names no node to lose' })
}

/** No shard without a primary: everything can be read and written. */
function waitUntilServing(run: Run, stallMs: number): Promise<null> {
  return run.wait({
    subject: 'cluster',
    title: 'promotes replicas',
    everyMs: 500,
    stallMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const { status, unassignedShards } = await run.elasticsearch.health({ timeoutMs: 5000 })
      return status === 'red'
        ? { progress: unassignedShards, text: `red, ${unassignedShards} copies missing` }
        : { done: null }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', { message: `replicas are not promoted: ${lastSeen}`, exitCode: 1 }),
  })
}

async function removeCanaries(run: Run, stall: string): Promise<void> {
  await run.step({
    key: 'canaries.remove',
    title: 'delete the documents of the drill',
    observe: async () => ({ state: 'not-done' }),
    apply: () =>
      readPatiently(run, 'deletes its documents', durationMs(stall), async () => {
        await run.elasticsearch.removeCanaries()
        return null
      }),
    retries: 1,
  })
}
