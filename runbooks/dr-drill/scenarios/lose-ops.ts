// `ops` itself is lost half way through a snapshot: its process is killed, and another one carries the run on. Reads like the
// procedure; the parts are below.
import { durationMs, OpsError, type Run } from '#sdk'
import { begin, type Found, noteTime, readPatiently, startPhases } from '../method.ts'
import { waitUntilSteady } from '../nodes.ts'
import type { DrillParams } from '../params.ts'
import type { NodesDetails } from '../plan.ts'
import type { Scenario } from './scenario.ts'

const runbook = 'snapshot'
/** At so many records after it took its locks, at most. */
const latestCut = 8
const pollMs = 2000

export const loseOps: Scenario<NodesDetails> = {
  method: killAndResume,
  // Whatever is open is carried to its end: nothing that the other run holds may stay.
  restore: async (run, _details, params) => {
    for (const { run: other, outcome } of await begun(run))
      if (outcome !== 'succeeded' && outcome !== 'refused') await resume(run, 'back', other, params)
  },
  settle: async (run, { hosts }, { stall }) => {
    const { nodes } = await waitUntilSteady(run, hosts, stall)
    return `green, ${nodes.length} nodes, a stable master`
  },
}

/**
 * 1. Choose the record after which it dies; begin the run in a process of its own, kill that.
 * 2. Resume it until it has ended.
 * 3. It has taken exactly one snapshot, which is whole, and holds nothing any more.
 */
async function killAndResume(asked: Run, details: NodesDetails, params: DrillParams): Promise<Found> {
  const run = await begin(asked)
  const phases = startPhases(run)
  const { cut } = await run.note('cut', async () => ({ cut: 1 + Math.floor(Math.random() * latestCut) }))
  await noteTime(run, 'declared')
  const other = await phases.take('run and kill', () => beginAndKill(run, cut, params))
  const outcome = await phases.take('resume', () => resume(run, 'other', other.run, params))
  const troubles = [
    ...(outcome === 'succeeded' ? [] : [`run ${other.run} has ended as ${outcome}`]),
    ...(await explainSnapshots(run, details, other.run, params)),
    ...(await explainLeftovers(run, other.run)),
  ]
  return {
    verifiedAtMs: await noteTime(run, 'verified'),
    rpoSeconds: troubles.length === 0 ? 0 : null,
    phases: phases.all,
    proven:
      troubles.length === 0
        ? [
            `run ${other.run} was killed ${cut} records after it took its locks; resumed, it took one whole snapshot and left nothing`,
          ]
        : [],
    troubles,
  }
}

const declaredMs = (run: Run): Promise<number> => noteTime(run, 'declared')
const begun = async (run: Run) => run.others.begunSince(runbook, await declaredMs(run))

async function beginAndKill(
  run: Run,
  cut: number,
  { repository }: DrillParams,
): Promise<{ readonly run: string }> {
  return run.step({
    key: 'other.run',
    title: `run ${runbook} in another process and kill it`,
    observe: async () => {
      const [other] = await begun(run)
      return other === undefined ? { state: 'not-done' } : { state: 'done', result: { run: other.run } }
    },
    apply: async () => {
      const hear = (id: string): void => run.progress('other', `run ${id}`)
      const other = await run.others.run(runbook, { repository }, { killAfter: cut, hear })
      if (other.run !== null && other.killed) return { run: other.run }
      throw new OpsError('STEP_FAILED', {
        message: `the run of ${runbook} ended by itself before it could be killed: ${other.outcome ?? 'it never began'}`,
        hint: `see why: ops run ${runbook}`,
      })
    },
  })
}

/** A process that was left alone by a drill that died may still be at work: it is waited for. */
async function resume(run: Run, key: string, other: string, { stall }: DrillParams): Promise<string> {
  const ended = async (): Promise<string | null> =>
    (await begun(run)).find(one => one.run === other)?.outcome ?? null
  return run.step({
    key: `${key}.resume`,
    title: `resume run ${other}`,
    observe: async () => {
      const outcome = await ended()
      return outcome === 'succeeded' ? { state: 'done', result: outcome } : { state: 'not-done' }
    },
    apply: () =>
      run.wait({
        subject: 'other',
        title: `run ${other} goes on`,
        everyMs: pollMs,
        stallMs: durationMs(stall),
        ceilingMs: Number.POSITIVE_INFINITY,
        poll: async () => {
          if ((await ended()) === 'succeeded') return { done: 'succeeded' }
          const { outcome } = await run.others.resume(other)
          return outcome === null
            ? { progress: null, text: 'another process is still at work on it' }
            : { done: outcome }
        },
        orElse: lastSeen =>
          new OpsError('STALLED', { message: `run ${other} cannot be resumed: ${lastSeen}`, exitCode: 1 }),
      }),
  })
}

async function explainSnapshots(
  run: Run,
  { repository }: NodesDetails,
  other: string,
  { stall }: DrillParams,
): Promise<readonly string[]> {
  const all = await readPatiently(run, 'looks for the snapshot', durationMs(stall), () =>
    run.snapshots.list(repository?.name ?? ''),
  )
  const own = all.filter(({ metadata }) => metadata.run === other)
  if (own.length !== 1) return [`run ${other} has taken ${own.length} snapshots, and not one`]
  return own.flatMap(({ name, state, shards }) =>
    state === 'SUCCESS' && shards.failed === 0 ? [] : [`${name} is ${state}, ${shards.failed} shards failed`],
  )
}

async function explainLeftovers(run: Run, other: string): Promise<readonly string[]> {
  const left = (await run.leftovers()).filter(one => one.run === other)
  return left.map(({ name }) => `run ${other} has not given back ${name}`)
}
