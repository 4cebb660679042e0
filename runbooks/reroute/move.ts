// Moves of copies: tried dry, those that a decider refuses left out, the others done together and watched until they are there.
import { durationMs, OpsError, type RerouteCommand, type Run, type ShardMap } from '#sdk'
import type { Remedy } from '../triage/diagnosis.ts'
import { judgeMoves } from './gates/moves.ts'
import type { RerouteParams } from './params.ts'

type Move = Pick<Remedy & { do: 'move' }, 'do' | 'index' | 'shard' | 'from' | 'to'>

export async function moveCopies(
  run: Run,
  key: string,
  wanted: readonly (Remedy & { do: 'move' })[],
  { stall }: RerouteParams,
): Promise<string> {
  await judgeMoves(run)
  const { moves, refused } = await run.note(`${key}.dry`, () => tryDry(run, wanted))
  if (moves.length === 0)
    throw new OpsError('REROUTE_REFUSED', { message: `no move is allowed: ${refused.join('; ')}` })
  await run.step({
    key: `${key}.move`,
    title: moves.map(sayMove).join(', '),
    before: [...moves],
    guard: async () => {
      const { refused: now } = await tryDry(run, moves)
      if (now.length > 0)
        throw new OpsError('REROUTE_REFUSED', { message: `not allowed any more: ${now.join('; ')}` })
    },
    observe: async () => {
      const map = await look(run)
      return moves.every(one => placeOf(map, one) !== 'away')
        ? { state: 'done', result: null }
        : { state: 'not-done' }
    },
    apply: async () => {
      await run.allocation.reroute(moves)
      return null
    },
  })
  await watch(run, key, moves, durationMs(stall))
  const not = refused.length === 0 ? '' : `; not moved: ${refused.join('; ')}`
  return `${moves.length} copies are where they should be${not}`
}

/** What the deciders say of each; one no keeps a copy where it is. */
async function tryDry(run: Run, wanted: readonly Move[]) {
  const moves = wanted.map(
    ({ do: what, index, shard, from, to }): Move => ({ do: what, index, shard, from, to }),
  )
  const { decisions } = await run.allocation.tryReroute(moves)
  const said = moves.map((move, at) => ({
    move,
    no: decisions[at]?.against.find(({ decision }) => decision === 'no') ?? null,
  }))
  return {
    moves: said.filter(({ no }) => no === null).map(({ move }) => move),
    refused: said.flatMap(({ move, no }) => (no === null ? [] : [`${sayMove(move)}: ${no.explanation}`])),
  }
}

const sayMove = ({ index, shard, from, to }: Extract<RerouteCommand, { do: 'move' }>): string =>
  `move ${index}[${shard}] from ${from} to ${to}`

interface Seen {
  readonly map: ShardMap
  readonly ids: ReadonlyMap<string, string>
}

async function look({ elasticsearch }: Run): Promise<Seen> {
  const [map, members] = [await elasticsearch.shardMap(), await elasticsearch.members()]
  return { map, ids: new Map(members.map(({ name, id }) => [name, id])) }
}

function placeOf({ map, ids }: Seen, { index, shard, to }: Move): 'there' | 'going' | 'away' {
  const copies = map.indices
    .find(({ name }) => name === index)
    ?.shards.find(({ number }) => number === shard)?.copies
  const id = ids.get(to)
  if (id === undefined || copies === undefined) return 'away'
  if (copies.some(({ node, state }) => node === id && (state === 'STARTED' || state === 'RELOCATING')))
    return 'there'
  return copies.some(({ node, relocatingTo }) => relocatingTo === id || node === id) ? 'going' : 'away'
}

function watch(run: Run, key: string, moves: readonly Move[], stallMs: number): Promise<void> {
  return run.wait<void>({
    subject: key,
    title: 'copies move',
    everyMs: 2000,
    stallMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    interruptible: true,
    poll: async () => {
      const seen = await look(run)
      const left = moves.filter(one => placeOf(seen, one) === 'going')
      const away = moves.filter(one => placeOf(seen, one) === 'away')
      if (left.length === 0 && away.length === 0) return { done: undefined }
      if (left.length === 0)
        throw new OpsError('REROUTE_REFUSED', {
          message: `begun, and not there in the end: ${away.map(sayMove).join(', ')}`,
        })
      const { recoveredBytes } = await run.elasticsearch.recovery()
      return {
        progress: [left.length, recoveredBytes],
        text: `${left.length} of ${moves.length} on their way`,
      }
    },
    orElse: lastSeen => new OpsError('STALLED', { message: `copies do not get there: ${lastSeen}` }),
  })
}
