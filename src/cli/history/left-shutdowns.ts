// Node-shutdown records of the cluster that a run of ours has announced and no process of ours looks after any more, with what removes
// each. Pure: records that somebody else has announced are none of our business.
import type { MemberInfo, ShutdownRecord } from '../../ports/elasticsearch.ts'

export interface KnownRun {
  readonly run: string
  readonly outcome: string | null
  /** A live process holds its locks. */
  readonly alive: boolean
  /** It is being taken back, and cannot be carried on. */
  readonly undoing: boolean
}

export interface LeftShutdown {
  readonly about: string
  readonly what: string
  readonly mend: string
}

export function explainLeftShutdowns(
  records: readonly ShutdownRecord[],
  members: readonly Pick<MemberInfo, 'id' | 'name'>[],
  runs: readonly KnownRun[],
): readonly LeftShutdown[] {
  return records.flatMap(({ nodeId, type, reason }) => {
    const id = runOf(reason)
    const known = runs.find(({ run }) => run === id)
    if (id === null || known?.alive === true) return []
    return {
      about: `node-shutdown record of ${members.find(one => one.id === nodeId)?.name ?? `node ${nodeId}`}`,
      what: `${type} was announced by run ${id}${known === undefined ? ', which is not in this state directory' : ''}, and nobody looks after it`,
      mend: explainRemoval(id, nodeId, known),
    }
  })
}

/** Runbooks announce with `ops RUN` for a reason. */
const runOf = (reason: string): string | null => /^ops (\S+)$/.exec(reason)?.[1] ?? null

const overForGood = ['succeeded', 'refused', 'aborted']

function explainRemoval(run: string, nodeId: string, known: KnownRun | undefined): string {
  if (known === undefined || overForGood.includes(known.outcome ?? ''))
    return `when nobody works on that node: DELETE /_nodes/${nodeId}/shutdown`
  return known.undoing
    ? `ops abort ${run} withdraws it`
    : `ops resume ${run} carries it on, ops abort ${run} withdraws it`
}
