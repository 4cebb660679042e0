// Every copy of the old node moves to the new one by an explicit command, a few at a time, each tried before it is made. It moves no copy
// of another node.
import { type AllocationPort, durationMs, OpsError, type RerouteCommand, type Run } from '#sdk'
import { sayMoves, seeMoves } from '../add-node/watch-moves.ts'
import type { Member } from '../remove-node/drain.ts'
import { stalledDrain } from '../remove-node/stall.ts'
import type { ReplaceParams } from './params.ts'

export type CopyToMove = { readonly index: string; readonly shard: number }

const everyMs = 1000
/** A move that has failed so often is left to the allocator, whose deciders say why. */
const triesAtMost = 3

/** Returns when nothing moves any more and the new node takes no further copy. */
export async function moveCopies(
  run: Run,
  old: Member,
  to: string,
  params: Pick<ReplaceParams, 'batch' | 'stall'>,
): Promise<void> {
  const tries = new Map<string, number>()
  for (let number = 1; ; number++) {
    await run.safePoint()
    await waitForSlots(run, old, Math.floor(params.batch / 2), params.stall)
    const chosen = await run.note(keyAt(run, number), () => chooseCopies(run, old, to, params.batch, tries))
    if (chosen.length === 0) {
      const { moving } = await copiesOf(run, old)
      if (moving === 0) return
      await waitForSlots(run, old, moving - 1, params.stall)
      continue
    }
    for (const copy of chosen) tries.set(keyOf(copy), (tries.get(keyOf(copy)) ?? 0) + 1)
    await makeMoves(run, number, old, to, chosen)
  }
}

/** Each process chooses anew, from what is on the old node by then. */
const keyAt = ({ fencing }: Run, number: number): string => `moves.${fencing}.${number}`

const keyOf = ({ index, shard }: CopyToMove): string => `${index}[${shard}]`

async function copiesOf(
  { elasticsearch }: Pick<Run, 'elasticsearch'>,
  { id }: Member,
): Promise<{ readonly resting: readonly CopyToMove[]; readonly moving: number }> {
  const { indices } = await elasticsearch.shardMap()
  const resting: CopyToMove[] = []
  let moving = 0
  for (const { name: index, shards } of indices)
    for (const { number: shard, copies } of shards)
      for (const { node, state } of copies) {
        if (node !== id) continue
        if (state === 'STARTED') resting.push({ index, shard })
        else moving += 1
      }
  return { resting, moving }
}

const commandOf = ({ index, shard }: CopyToMove, from: string, to: string): RerouteCommand => ({
  ...{ do: 'move', index, shard, from, to },
})

/** As many as there are slots for, of those that the deciders let go there. Changes nothing. */
async function chooseCopies(
  run: Run,
  old: Member,
  to: string,
  batch: number,
  tries: ReadonlyMap<string, number>,
): Promise<readonly CopyToMove[]> {
  const { resting, moving } = await copiesOf(run, old)
  const slots = Math.max(0, batch - moving)
  const willing = resting.filter(copy => (tries.get(keyOf(copy)) ?? 0) < triesAtMost)
  const chosen: CopyToMove[] = []
  for (let at = 0; at < willing.length && chosen.length < slots; at += slots) {
    const some = willing.slice(at, at + slots)
    chosen.push(...(await allowed(run.allocation, some, old.name, to)).slice(0, slots - chosen.length))
  }
  return chosen
}

async function allowed(
  allocation: AllocationPort,
  copies: readonly CopyToMove[],
  from: string,
  to: string,
): Promise<readonly CopyToMove[]> {
  if (copies.length === 0) return []
  const { decisions } = await allocation.tryReroute(copies.map(copy => commandOf(copy, from, to)))
  return copies.filter((_, at) => !decisions[at]?.against.some(({ decision }) => decision === 'no'))
}

/** What has moved, or moves already, is left out: a command whose answer was lost is not sent again. */
async function makeMoves(
  run: Run,
  number: number,
  old: Member,
  to: string,
  chosen: readonly CopyToMove[],
): Promise<void> {
  const left = async (): Promise<readonly CopyToMove[]> => {
    const resting = new Set((await copiesOf(run, old)).resting.map(keyOf))
    return chosen.filter(copy => resting.has(keyOf(copy)))
  }
  await run.step({
    key: keyAt(run, number),
    title: `move ${chosen.map(keyOf).join(', ')} from ${old.name} to ${to}`,
    observe: async () =>
      (await left()).length === 0 ? { state: 'done', result: null } : { state: 'not-done' },
    apply: async () => {
      const now = await allowed(run.allocation, await left(), old.name, to)
      if (now.length > 0) await run.allocation.reroute(now.map(copy => commandOf(copy, old.name, to)))
      return null
    },
    retries: 2,
  })
}

/** Until at most so many copies move away from the old node. */
async function waitForSlots(run: Run, old: Member, atMost: number, stall: string): Promise<void> {
  let stalled = false
  try {
    await run.wait({
      subject: old.name,
      title: 'gives its copies away',
      everyMs,
      stallMs: durationMs(stall),
      ceilingMs: Number.POSITIVE_INFINITY,
      interruptible: true,
      poll: async () => {
        const { resting, moving } = await copiesOf(run, old)
        if (moving <= atMost) return { done: undefined }
        const seen = await seeMoves(run)
        const { recoveredBytes, translogOps } = seen.recovery
        return {
          progress: { resting: resting.length, moving, recoveredBytes, translogOps },
          text: `${resting.length} copies wait, ${sayMoves(seen)}`,
        }
      },
      orElse: lastSeen => {
        stalled = true
        return new OpsError('DRAIN_STALLED', { message: lastSeen })
      },
    })
  } catch (thrown) {
    if (stalled) throw await stalledDrain(run, [old], stall)
    throw thrown
  }
}
