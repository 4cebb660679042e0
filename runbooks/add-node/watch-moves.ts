// Shards on the move: how many, how many bytes, whether they come nearer, and why they do not. Reads only: it never moves anything.
import { type AllocationPort, OpsError, type RecoveryProgress, type Run, type SizedCopy } from '#sdk'

export interface MovesSeen {
  readonly copies: readonly SizedCopy[]
  /** Copies that are copied right now. */
  readonly moving: number
  /** That the balancer still means to move; `null` where it does not say. */
  readonly planned: number | null
  readonly recovery: RecoveryProgress
}

export async function seeMoves({
  allocation,
  elasticsearch,
}: Pick<Run, 'allocation' | 'elasticsearch'>): Promise<MovesSeen> {
  const [copies, planned, recovery] = await Promise.all([
    allocation.copies(),
    allocation.plannedMoves(),
    elasticsearch.recovery(),
  ])
  const moving = copies.filter(({ state }) => state === 'RELOCATING' || state === 'INITIALIZING').length
  return { copies, moving, planned, recovery }
}

export interface MoveWatch<T> {
  readonly subject: string
  readonly title: string
  /** Not `null`: done, with this result. Called at every look; may regulate. */
  readonly isDone: (seen: MovesSeen) => Promise<T | null> | T | null
  /** Further things that count as progress. */
  readonly progress?: (seen: MovesSeen) => readonly (string | number | null)[]
  readonly stallMs: number
  /** What to say when nothing has moved for that long: why, and what to do. */
  readonly explain: (seen: MovesSeen) => Promise<OpsError>
}

const everyMs = 2000

/** Waits as long as bytes or copies move; a halt of the run ends it at once, for nothing is half done. */
export async function waitForMoves<T>(run: Run, watch: MoveWatch<T>): Promise<T> {
  let last: MovesSeen | null = null
  let stalled = false
  try {
    const found = await run.wait<{ readonly result: T }>({
      subject: watch.subject,
      title: watch.title,
      everyMs,
      stallMs: watch.stallMs,
      ceilingMs: Number.POSITIVE_INFINITY,
      interruptible: true,
      poll: async () => {
        const seen = await seeMoves(run)
        last = seen
        const result = await watch.isDone(seen)
        if (result !== null) return { done: { result } }
        return { progress: progressOf(seen, watch), text: sayMoves(seen) }
      },
      orElse: lastSeen => {
        stalled = true
        return new OpsError('STALLED', { message: `${watch.title}: ${lastSeen}` })
      },
    })
    return found.result
  } catch (thrown) {
    if (stalled && last !== null) throw await watch.explain(last)
    throw thrown
  }
}

const progressOf = <T>(seen: MovesSeen, { progress }: MoveWatch<T>) => [
  seen.moving,
  seen.planned,
  seen.recovery.recoveredBytes,
  seen.recovery.translogOps,
  ...(progress?.(seen) ?? []),
]

export function sayMoves({ moving, planned, recovery }: MovesSeen): string {
  const rest = planned === null ? '' : `, ${planned} planned`
  const mib = (bytes: number): number => Math.round(bytes / 2 ** 20)
  return `${moving} copies move${rest}, ${mib(recovery.recoveredBytes)} of ${mib(recovery.totalBytes)} MiB copied`
}

/** Which copy is where, small enough for the journal. */
export type Placement = readonly string[]

const keyOf = ({ index, shard, node }: SizedCopy): string => `${index} ${shard} ${node ?? '-'}`

/** Noted once, so that a resumed run still knows how it was before. */
export async function notePlacement(run: Run, key: string): Promise<Placement> {
  return run.note<Placement>(key, async () => (await run.allocation.copies()).map(keyOf).sort())
}

/** Copies that are on another node than before, and their size now: what was moved, each copy counted once. Pure. */
export function movedSince(
  before: Placement,
  copies: readonly SizedCopy[],
): { readonly copies: number; readonly bytes: number } {
  const known = new Set(before)
  const indices = new Set(before.map(key => key.split(' ')[0]))
  const moved = copies.filter(
    copy =>
      copy.node !== null && copy.state === 'STARTED' && indices.has(copy.index) && !known.has(keyOf(copy)),
  )
  return { copies: moved.length, bytes: moved.reduce((sum, { bytes }) => sum + bytes, 0) }
}

const explainAtMost = 3

/**
 * Why copies stay where they are, in the words of the server: of the first few, deciders by node. One that may go somewhere, or is gone
 * by now, is left out.
 */
export async function explainStuck(
  allocation: AllocationPort,
  copies: readonly SizedCopy[],
): Promise<readonly string[]> {
  const said: string[] = []
  for (const { index, shard, primary, node } of copies.slice(0, explainAtMost)) {
    const found = await allocation
      .explain({ index, shard, primary, ...(node === null || primary ? {} : { currentNode: node }) })
      .catch(() => null)
    if (found === null) continue
    const against = found.nodes.flatMap(one =>
      one.deciders
        .filter(({ decision }) => decision === 'no')
        .slice(0, 1)
        .map(({ decider, explanation }) => `${one.node}: ${decider}, ${explanation}`),
    )
    said.push(
      `${index}[${shard}]: ${against.length > 0 ? against.slice(0, 4).join('; ') : found.explanation}`,
    )
  }
  return said
}
