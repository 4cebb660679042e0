// The frontier: no barrier between waves, a member starts as soon as its own gates are clear. It decides nothing about
// shards itself; the planner does, on a fresh look every time.
import { OpsError, toOpsError } from '../errors/index.ts'
import { decideStarts, type FrontierState, type Starts } from '../planning/index.ts'
import type { Frontier, FrontierLook } from '../sdk/run.ts'
import { type Control, Deferred, Halted } from './control.ts'
import type { Recorder } from './recorder.ts'
import { patiently, type WaitParts } from './wait.ts'

const lookStallMs = 120_000
/** Nothing under way, nobody may start, and nothing changes: after this the run says so instead of waiting on. */
const idleStallMs = 15 * 60_000

export interface FrontierParts extends WaitParts {
  readonly recorder: Recorder
  readonly control: Control
}

/**
 * 1. Members that an earlier process had begun are carried on first, whatever the gates say: they may be down.
 * 2. Look. A met stop condition, a failed member or a halt: nobody new is started.
 * 3. Else every pending member whose gates are clear is started, in plan order.
 * 4. Wait for a member to end or for the next look.
 * 5. When nobody is under way: all done, or the failure, or the way out.
 */
export async function runFrontier(parts: FrontierParts, frontier: Frontier): Promise<void> {
  const underWay = new Map<string, Promise<void>>()
  let failure: OpsError | null = null
  const { recorder, control, clock } = parts
  const members = recorder.view.members

  const begin = async (name: string): Promise<void> => {
    if (members.get(name) !== 'begun') await recorder.append('member.begun', { member: name })
    underWay.set(
      name,
      operate(parts, frontier, name, confirmerOf(parts, frontier, name, underWay)).then(
        () => {
          underWay.delete(name)
        },
        thrown => {
          underWay.delete(name)
          failure ??= toOpsError(thrown)
        },
      ),
    )
  }

  for (const name of frontier.order) if (members.get(name) === 'begun') await begin(name)
  let idleSinceMs = clock.monotonicMs()
  const startMore = async (pending: readonly string[]): Promise<OpsError | null> => {
    const seen = await lookPatiently(parts, frontier)
    if (seen instanceof OpsError) return seen
    const decision = decideStarts(stateOf(frontier, members, seen, underWay, pending))
    await recordBlocked(recorder, decision)
    for (const name of decision.start) await begin(name)
    if (underWay.size > 0) idleSinceMs = clock.monotonicMs()
    return clock.monotonicMs() - idleSinceMs > idleStallMs ? stalled(decision) : null
  }
  for (;;) {
    const pending = frontier.order.filter(name => !members.has(name))
    if ((failure !== null || control.halted !== null || pending.length === 0) && underWay.size === 0) break
    if (failure === null && control.halted === null && pending.length > 0) {
      // Whatever goes wrong here, those under way are seen to their end.
      const wrong = await startMore(pending).catch(toOpsError)
      failure ??= wrong
    }
    if (failure === null || underWay.size > 0) {
      await Promise.race([...underWay.values(), clock.sleep(frontier.everyMs, control.signal)])
    }
    if (control.signal.aborted) throw control.signal.reason
  }
  if (failure !== null) throw failure
  if (frontier.order.some(name => members.get(name) !== 'done')) throw new Halted()
}

async function operate(
  { recorder, progress }: FrontierParts,
  frontier: Frontier,
  name: string,
  confirm: () => Promise<void>,
): Promise<void> {
  try {
    await frontier.operate(name, confirm)
    await recorder.append('member.done', { member: name })
  } catch (thrown) {
    if (!(thrown instanceof Deferred)) throw thrown
    await recorder.append('member.deferred', { member: name, because: thrown.because })
    progress(name, `waits: ${thrown.because}`)
  }
}

/** The last look before a member goes down. Those under way count as down, at whatever step they are. */
function confirmerOf(
  parts: FrontierParts,
  frontier: Frontier,
  name: string,
  underWay: ReadonlyMap<string, unknown>,
): () => Promise<void> {
  return async () => {
    if (parts.control.halted !== null) throw new Deferred('the run is ending')
    const seen = await lookPatiently(parts, frontier)
    if (seen instanceof OpsError) throw new Deferred(seen.message)
    const others = new Map([...underWay].filter(([other]) => other !== name))
    const decision = decideStarts(stateOf(frontier, parts.recorder.view.members, seen, others, [name]))
    if (decision.start.includes(name)) return
    const blocked = decision.blocked.find(({ member }) => member === name)
    throw new Deferred(
      blocked === undefined ? 'a fresh look does not allow it' : `${blocked.gate} (${blocked.by})`,
    )
  }
}

async function lookPatiently(parts: FrontierParts, frontier: Frontier): Promise<FrontierLook | OpsError> {
  try {
    const seen = await patiently(parts, lookStallMs, frontier.look)
    if (seen.stop === null) return seen
    return new OpsError('STOP_CONDITION', {
      message: `stopped: ${seen.stop}`,
      hint: `see to it, then: ops resume ${parts.recorder.run}`,
    })
  } catch (thrown) {
    return toOpsError(thrown)
  }
}

function stateOf(
  frontier: Frontier,
  members: ReadonlyMap<string, 'begun' | 'done'>,
  seen: FrontierLook,
  underWay: ReadonlyMap<string, unknown>,
  pending: readonly string[],
): FrontierState {
  return {
    world: { members: frontier.members, shares: seen.shares, caps: seen.caps, maxDown: frontier.maxDown },
    order: pending,
    down: new Set([...seen.unavailable, ...underWay.keys()]),
    done: new Set([...members].filter(([, state]) => state === 'done').map(([name]) => name)),
  }
}

async function recordBlocked(recorder: Recorder, decision: Starts): Promise<void> {
  for (const { member, gate, by, waitsFor } of decision.blocked) {
    const because = gate === by ? gate : `${gate} (${by})`
    if (recorder.view.blocked.get(member) === because) continue
    await recorder.append('member.blocked', { member, because, gate, by, waitsFor: [...waitsFor] })
  }
}

function stalled({ blocked }: Starts): OpsError {
  const reasons = blocked.map(({ member, gate, by }) => `${member}: ${gate} (${by})`)
  return new OpsError('STALLED', {
    message: `no member may be taken down: ${reasons.slice(0, 3).join('; ')}`,
    hint: 'see which copies are missing, then resume the run',
    exitCode: 1,
  })
}
