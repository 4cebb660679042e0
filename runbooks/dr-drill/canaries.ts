// Documents by known ids that are left while something is lost: what the cluster has acknowledged must be there at the end.
import type { Json, Run } from '#sdk'
import { readPatiently } from './method.ts'

export type Round = 'before' | 'away' | 'after'

const perRound = 60
const stallMs = 120_000

export const idsOf = (run: Pick<Run, 'id'>, round: Round): readonly string[] =>
  Array.from({ length: perRound }, (_, at) => `${run.id}-${round}-${at}`)

/** Ids that were acknowledged. After a crash: those that are there, for nobody knows more. */
export function leaveRound(run: Run, round: Round): Promise<readonly string[]> {
  const ids = idsOf(run, round)
  return run.step<Json & readonly string[]>({
    key: `canaries.${round}`,
    title: `leave ${ids.length} documents ${round === 'away' ? 'while it is away' : round}`,
    observe: async () => {
      const found = await run.elasticsearch.findCanaries(ids)
      return found.length > 0 ? { state: 'done', result: [...found] } : { state: 'not-done' }
    },
    apply: () =>
      readPatiently(run, 'leaves documents', stallMs, async () => [
        ...(await run.elasticsearch.leaveCanaries(ids)),
      ]),
    retries: 2,
  })
}

/** Acknowledged ids that are not there. */
export function findLost(run: Run, acked: readonly string[]): Promise<readonly string[]> {
  return readPatiently(run, 'reads every document back', stallMs, async () => {
    const found = new Set(await run.elasticsearch.findCanaries(acked))
    return acked.filter(id => !found.has(id))
  })
}
