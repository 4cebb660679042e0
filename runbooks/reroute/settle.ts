// Waiting for copies: until nothing moves any more, until certain ones have a node, or until the time is over. Reads only.
import { durationMs, OpsError, type Run, sayBytes } from '#sdk'
import type { CopyName } from '../triage/diagnosis.ts'
import type { RerouteParams } from './params.ts'

const everyMs = 2000
/** Between two rounds of the allocator nothing moves either. */
const quietLooks = 3

type Limits = Pick<RerouteParams, 'stall' | 'expiry'>

/** Until nothing is being recovered, moved or fetched. */
export function settle(run: Run, key: string, limits: Limits): Promise<void> {
  let quiet = 0
  return run.wait<void>({
    subject: key,
    title: 'copies come to rest',
    everyMs,
    stallMs: durationMs(limits.stall),
    ceilingMs: Number.POSITIVE_INFINITY,
    interruptible: true,
    poll: async () => {
      const seen = await look(run)
      if (seen.unassigned === 0 && seen.moving === 0) return { done: undefined }
      quiet = seen.moving === 0 ? quiet + 1 : 0
      return quiet >= quietLooks
        ? { done: undefined }
        : { progress: [...seen.progress, quiet], text: seen.text }
    },
    orElse: lastSeen => new OpsError('STALLED', { message: `copies come to no rest: ${lastSeen}` }),
  })
}

/** What became of the copies that a remedy is for, when its time is over. */
export type Awaited = { readonly left: number; readonly because: 'healed' | 'stalled' | 'over' }

/**
 * Until all of them have a node and nothing moves, nothing has moved for as long as is allowed, or the time is over. Begun once for the
 * run: a resume waits for the rest of the time.
 */
export async function awaitCopies(
  run: Run,
  key: string,
  copies: readonly CopyName[],
  limits: { readonly forMs: number; readonly stallMs: number },
): Promise<Awaited> {
  const untilMs = (await run.note(`${key}.began`, async () => run.clock.now().getTime())) + limits.forMs
  let last = ''
  let movedMs = run.clock.monotonicMs()
  return run.wait<Awaited>({
    subject: key,
    title: 'copies find a node',
    everyMs,
    stallMs: limits.forMs + limits.stallMs,
    ceilingMs: limits.forMs + limits.stallMs,
    interruptible: true,
    poll: async () => {
      const { progress, text, moving } = await look(run)
      const left = await countLeft(run, copies)
      const now = JSON.stringify([...progress, left])
      if (now !== last) movedMs = run.clock.monotonicMs()
      last = now
      if (copies.length > 0 && left === 0 && moving === 0) return { done: { left, because: 'healed' } }
      if (run.clock.now().getTime() >= untilMs) return { done: { left, because: 'over' } }
      if (run.clock.monotonicMs() - movedMs > limits.stallMs) return { done: { left, because: 'stalled' } }
      return { progress: [...progress, left], text: `${left} without a node; ${text}` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', { message: `the cluster does not say where copies are: ${lastSeen}` }),
  })
}

export async function waitFor(
  run: Run,
  key: string,
  forMs: number,
  copies: readonly CopyName[],
  { expiry }: Limits,
): Promise<string> {
  const limit = Math.min(forMs, durationMs(expiry))
  const { left } = await awaitCopies(run, key, copies, { forMs: limit, stallMs: limit })
  return copies.length === 0 ? 'waited' : sayAwaited(left)
}

export const sayAwaited = (left: number): string =>
  left === 0 ? 'every copy has a node' : `${left} of these copies have no node yet`

/** Names of several copies of one shard are the same: they are counted. */
async function countLeft(run: Run, copies: readonly CopyName[]): Promise<number> {
  const wanted = new Set(copies.map(nameOf))
  return (await run.allocation.unassigned()).filter(one => wanted.has(nameOf(one))).length
}

const nameOf = ({ index, shard, primary }: CopyName): string => `${index}/${shard} ${primary}`

async function look(run: Run) {
  const health = await run.elasticsearch.health({ timeoutMs: 10_000 })
  const { initializingShards, relocatingShards, unassignedShards, inFlightFetches } = health
  const { recoveredBytes } = await run.elasticsearch.recovery()
  const moving = initializingShards + relocatingShards + inFlightFetches
  return {
    moving,
    unassigned: unassignedShards,
    progress: [unassignedShards, initializingShards, relocatingShards, inFlightFetches, recoveredBytes],
    text: `${initializingShards} initializing, ${relocatingShards} relocating, ${unassignedShards} unassigned, ${sayBytes(recoveredBytes)} copied`,
  }
}
