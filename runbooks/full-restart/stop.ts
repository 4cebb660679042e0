// The way down: ingest, then what holds data, then who elects, then what buffers. Until Elasticsearch is being stopped, whoever ends it
// hands ingest back; after that everything goes down.
import { exitCodes, OpsError, type Run, toOpsError } from '#sdk'
import { redToleratedMs } from '../rolling-restart/conditions.ts'
import { readLags } from '../rolling-restart/consumer-lag.ts'
import type { Before } from './before.ts'
import { readContent, readEnds } from './content.ts'
import type { FullParams, ServiceName } from './params.ts'
import { startPhases } from './phases.ts'
import { type FullDetails, stopOrder } from './plan.ts'
import { readStates, startFleet, stopFleet } from './services.ts'
import { orStuck } from './stuck.ts'

const flushMs = 60_000
export const isIngest = (name: ServiceName): boolean => name === 'logstash' || name === 'kibana'
export const holdKey = 'enable'

export async function stopEverything(run: Run, details: FullDetails, params: FullParams): Promise<Before> {
  const before = await run.note('ready', () => makeReady(run, details, params))
  const phases = startPhases(run)
  await orStuck(run, details, 'ops resume', async () => {
    for (const part of stopOrder(details, before.elected))
      if (!isIngest(part.name))
        await phases.take(`stop ${part.key}`, () => stopFleet(run, part.key, part, params.giveUp))
  })
  return before
}

/** Journalled as a whole: a process that finds it unfinished does all of it again, for an earlier one may have handed back. */
async function makeReady(run: Run, details: FullDetails, params: FullParams): Promise<Before> {
  try {
    return await quiesce(run, details, params)
  } catch (thrown) {
    // Stopped at once: a resume goes on from there.
    if (run.signal.aborted) throw thrown
    return handBack(run, details, params, thrown)
  }
}

async function quiesce(run: Run, details: FullDetails, params: FullParams): Promise<Before> {
  const phases = startPhases(run)
  const lags = await run.note('lags', () => lagsNow(run))
  const standsMs = await standsSince(run, details)
  for (const part of stopOrder(details, '').filter(({ name }) => isIngest(name)))
    await phases.take(`stop ${part.key}`, () => stopFleet(run, part.key, part, params.giveUp))
  const elected = details.elasticsearch === null ? '' : await hold(run)
  const docs = await readContent(run, details)
  const ends = await readEnds(run, details)
  if (run.ending) throw new EndedInTime()
  return { elected, standsMs, docs, ends, lags }
}

/** A later process may find that ingest was handed back meanwhile, or that it has stood still since an earlier one stopped it. */
async function standsSince(run: Run, { fleets }: FullDetails): Promise<number> {
  const now = async () => run.clock.now().getTime()
  const firstMs = await run.note('ingest.stands', now)
  if ((await firstProcess(run)) === run.fencing) return firstMs
  const states = await readStates(
    run,
    fleets.filter(({ name }) => isIngest(name)),
  )
  return states.some(({ state }) => state === 'running') ? now() : firstMs
}

/** Its fencing token. */
export const firstProcess = (run: Run): Promise<number> => run.note('first', async () => run.fencing)

/** Nothing is copied to and fro while nodes go and come, and there is little to replay. Says who is master. */
async function hold(run: Run): Promise<string> {
  const { elasticsearch: es } = run
  await waitWhileRed(run)
  await run.temporarily({
    key: holdKey,
    kind: 'elasticsearch.cluster',
    name: 'cluster.routing.allocation.enable',
    targets: ['persistent'],
    value: 'primaries',
  })
  const open = (await run.indices.find(['*'])).filter(one => one.open).map(({ name }) => name)
  const { failed } = await es.flush(open, { timeoutMs: flushMs })
  if (failed.length > 0)
    await run.mark('flush.failed', 'remark', {
      text: `not flushed, so that their last writes are replayed at the start: ${failed.join(', ')}`,
    })
  return (await es.master()).elected ?? ''
}

function waitWhileRed(run: Run): Promise<null> {
  return run.wait<null>({
    subject: 'elasticsearch',
    title: 'every primary is there',
    everyMs: 1000,
    stallMs: redToleratedMs,
    ceilingMs: redToleratedMs,
    poll: async () => {
      const { status } = await run.elasticsearch.health({ timeoutMs: 10_000 })
      return status === 'red' ? { progress: null, text: 'the cluster is red by now' } : { done: null }
    },
    orElse: lastSeen =>
      new OpsError('STOP_CONDITION', { message: lastSeen, hint: 'ops run triage says why' }),
  })
}

async function lagsNow(run: Run): Promise<Before['lags']> {
  const { hosts } = await run.ansible.inventory()
  if (!hosts.some(({ groups }) => groups.includes('kafka'))) return {}
  try {
    return Object.fromEntries((await readLags(run)).map(({ group, records }) => [group, records]))
  } catch (thrown) {
    await run.mark('lags.unknown', 'remark', {
      text: `nobody knows how far consumers were behind before the stop: ${toOpsError(thrown).message}`,
    })
    return {}
  }
}

/** The run was told to end, and no node is down yet. */
class EndedInTime extends Error {}

/** Ingest goes on as if nothing had been. */
async function handBack(run: Run, details: FullDetails, params: FullParams, thrown: unknown): Promise<never> {
  const parts = stopOrder(details, '').filter(({ name }) => isIngest(name))
  await orStuck(run, details, 'ops resume', async () => {
    for (const part of [...parts].reverse()) await startFleet(run, `${part.key}.back`, part, params.giveUp)
  })
  if (thrown instanceof EndedInTime) await run.safePoint()
  const { code, message, hint, cause } = toOpsError(thrown)
  throw new OpsError(code, {
    message: `${message}; no node was stopped, ingest runs again`,
    hint: `${hint === undefined ? '' : `${hint}; then: `}ops resume ${run.id}`,
    exitCode: exitCodes.failed,
    cause,
  })
}
