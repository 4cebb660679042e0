// Room for a copy that only full disks could take: other copies go from one of them to nodes of the same tier that have room. Pure.
// Nothing goes where it would bring a disk past its low watermark; what else forbids a move is said when it is tried.
import type { NodeAllocation, SizedCopy, Watermarks } from '#sdk'
import { roomBeforeLow } from '../../rolling-restart/watermarks.ts'
import type { Remedy } from '../diagnosis.ts'
import type { TriageFacts } from '../facts.ts'
import { moveCopy, waitFor } from './remedies.ts'
import type { Sighting } from './sighting.ts'

/** Disks are asked every half a minute, and copies given another chance at most once a minute for that. */
const seenAgainMs = 120_000
/** More than these are the work of a new node. */
const mostMoves = 10

interface Move {
  readonly copy: SizedCopy
  readonly to: string
}

/** The moves that take the fewest bytes off one of the nodes in the way: nothing but a wait where it has room by now, none where no few would do. */
export function roomRemedies({ copies: [homeless], nodes }: Sighting, facts: TriageFacts): readonly Remedy[] {
  const { copies, disks, watermarks } = facts
  if (homeless === undefined || copies === null || disks === null || watermarks === null) return []
  const holders = Map.groupBy(copies, keyOf)
  const own = holders.get(keyOf(homeless)) ?? []
  const neededBytes = Math.max(...own.map(({ bytes }) => bytes), 0)
  const plans = disks
    .filter(({ node }) => nodes.includes(node) && own.every(one => one.node !== node))
    .flatMap(from => {
      const moves = emptyFor(from, neededBytes, { copies, holders, disks, marks: watermarks, nodes })
      return moves === null ? [] : [{ from: from.node, moves }]
    })
  const bytesOf = (moves: readonly Move[]): number => moves.reduce((sum, { copy }) => sum + copy.bytes, 0)
  const [best] = plans.sort((a, b) => bytesOf(a.moves) - bytesOf(b.moves) || (a.from < b.from ? -1 : 1))
  if (best === undefined) return []
  if (best.moves.length === 0)
    return [
      waitFor(seenAgainMs, `wait: ${best.from} has room by now, and the cluster looks at its disks again`),
    ]
  return best.moves.map(({ copy: { index, shard }, to }) => moveCopy({ index, shard, from: best.from, to }))
}

const keyOf = ({ index, shard }: { readonly index: string; readonly shard: number }): string =>
  `${index}/${shard}`

interface Disks {
  readonly copies: readonly SizedCopy[]
  /** Of each shard. */
  readonly holders: ReadonlyMap<string, readonly SizedCopy[]>
  readonly disks: readonly NodeAllocation[]
  readonly marks: Watermarks
  /** Too full themselves. */
  readonly nodes: readonly string[]
}

/**
 * Until this disk has room for `neededBytes` below its low watermark: the smallest copy that is enough alone, else the largest.
 * `null` where there are not enough that may go.
 */
function emptyFor(from: NodeAllocation, neededBytes: number, world: Disks): readonly Move[] | null {
  const room = new Map(
    world.disks
      .filter(({ node, roles }) => !world.nodes.includes(node) && sameTiers(roles, from.roles))
      .map(disk => [disk.node, roomBeforeLow(disk, world.marks)]),
  )
  let movable = world.copies
    .filter(({ node, state, bytes }) => node === from.node && state === 'STARTED' && bytes > 0)
    .sort((a, b) => b.bytes - a.bytes || (keyOf(a) < keyOf(b) ? -1 : 1))
  const moves: Move[] = []
  for (let shortBytes = neededBytes - roomBeforeLow(from, world.marks); shortBytes > 0; ) {
    const enough = movable.filter(({ bytes }) => bytes >= shortBytes).reverse()
    const move = chooseMove([...enough, ...movable], room, world)
    if (move === null || moves.length === mostMoves) return null
    moves.push(move)
    movable = movable.filter(one => one !== move.copy)
    room.set(move.to, (room.get(move.to) ?? 0) - move.copy.bytes)
    shortBytes -= move.copy.bytes
  }
  return moves
}

/** The first copy that some node takes, with the node that has the most room of those without a copy of its shard. */
function chooseMove(
  copies: readonly SizedCopy[],
  room: ReadonlyMap<string, number>,
  { holders }: Disks,
): Move | null {
  const places = [...room].sort(([a, bytesA], [b, bytesB]) => bytesB - bytesA || (a < b ? -1 : 1))
  for (const copy of copies) {
    const held = holders.get(keyOf(copy)) ?? []
    const place = places.find(([node, bytes]) => bytes >= copy.bytes && held.every(one => one.node !== node))
    if (place !== undefined) return { copy, to: place[0] }
  }
  return null
}

const tiersOf = (roles: readonly string[]): string =>
  roles
    .filter(role => role.startsWith('data'))
    .sort()
    .join()

const sameTiers = (one: readonly string[], other: readonly string[]): boolean =>
  tiersOf(one) === tiersOf(other)
