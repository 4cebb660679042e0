// What one look at the cluster says while partitions move: which moves are made, what is still to be copied, what is wrong.
// The reading is apart from the judgement.
import {
  type Configs,
  type LogDir,
  type Move,
  OpsError,
  type PartitionState,
  type Reassignment,
  type Run,
} from '#sdk'
import { keyOf } from './sizes.ts'

export interface Seen {
  readonly partitions: ReadonlyMap<string, PartitionState>
  readonly reassignments: ReadonlyMap<string, Reassignment>
  readonly registered: readonly number[]
}

/** @throws OpsError CLUSTER_BUSY on empty metadata: with no partition at all everything would look fine */
export async function seeCluster({ kafka }: Pick<Run, 'kafka'>): Promise<Seen> {
  const [identity, reassignments, partitions] = await Promise.all([
    kafka.identity(),
    kafka.reassignments(),
    kafka.partitions(),
  ])
  if (partitions.length === 0)
    throw new OpsError('CLUSTER_BUSY', { message: 'the metadata of the cluster names no partition' })
  return {
    partitions: new Map(partitions.map(one => [keyOf(one), one])),
    reassignments: new Map(reassignments.map(one => [keyOf(one), one])),
    registered: identity.brokers.map(({ id }) => id),
  }
}

/**
 * `made`: nothing is under way, every replica is in sync, the order is the wanted one. `moving`: the brokers are at it.
 * `settling`: replicas are there, in-sync sets are not. `pending`: as before. `gone`: no such partition. `elsewhere`: somebody
 * has put it where neither the plan nor the world before had it.
 */
export type MoveState = 'made' | 'moving' | 'settling' | 'pending' | 'gone' | 'elsewhere'

export function stateOf(move: Move, { partitions, reassignments }: Seen): MoveState {
  const running = reassignments.get(keyOf(move))
  if (running !== undefined) return isOurs(move, running) ? 'moving' : 'elsewhere'
  const now = partitions.get(keyOf(move))
  if (now === undefined) return 'gone'
  if (now.replicas.join() === move.to.join()) return isInSync(now) ? 'made' : 'settling'
  return isSame(now.replicas, move.from) || isSame(now.replicas, move.to) ? 'pending' : 'elsewhere'
}

/** The reassignment that is under way leads where this move wants to. */
export const isOurs = ({ to }: Move, { replicas, removing }: Reassignment): boolean =>
  isSame(
    replicas.filter(id => !removing.includes(id)),
    to,
  )

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  [...a].sort((x, y) => x - y).join() === [...b].sort((x, y) => x - y).join()

export const isInSync = ({ leader, replicas, isr }: PartitionState): boolean =>
  leader !== null && replicas.every(id => isr.includes(id))

/** Bytes that the new copies still lack, as their brokers tell it. */
export function bytesLeft(moves: readonly Move[], dirs: readonly LogDir[]): number {
  const copies = new Map<string, number>()
  for (const { broker, replicas } of dirs)
    for (const replica of replicas) copies.set(`${keyOf(replica)} ${broker}`, replica.bytes)
  return moves.reduce((sum, move) => {
    const whole = Math.max(0, ...move.from.map(id => copies.get(`${keyOf(move)} ${id}`) ?? 0))
    const missing = move.adding.map(id => Math.max(0, whole - (copies.get(`${keyOf(move)} ${id}`) ?? 0)))
    return sum + missing.reduce((all, one) => all + one, 0)
  }, 0)
}

export function minInsyncOf(configs: ReadonlyMap<string, Configs>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...configs].map(([topic, own]) => [topic, Number(own.get('min.insync.replicas')?.value ?? 1)]),
  )
}
