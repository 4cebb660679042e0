// The last resort: an old or an empty copy becomes the primary of one shard. What is lost is stated and kept, another person says yes,
// and what was looked at is looked at once more right before. Never without all of that.
import { durationMs, type Json, OpsError, type Run, type ShardCopy } from '#sdk'
import type { Deed, Losing } from './choose.ts'
import { judgeLoss } from './gates/loss.ts'
import { type Loss, stateLoss } from './loss.ts'
import { offerNext, tellLoss } from './measure-loss.ts'
import type { RerouteParams } from './params.ts'
import { sayLossDeed } from './say.ts'

export interface LossParams extends RerouteParams {
  readonly goneNodes: readonly string[]
}

/**
 * 1. Gates; what is lost is stated, and kept with everything that was seen.
 * 2. Another person says yes to this shard, this copy and this loss.
 * 3. The same gates on what is there now, and the one command.
 * 4. The primary has started; what it holds is measured, told, and what may bring the rest back is offered.
 */
export async function allocatePrimary(
  run: Run,
  key: string,
  remedy: Losing,
  deed: Deed,
  params: LossParams,
): Promise<string> {
  const loss = await run.note(`${key}.loss`, async () => {
    const facts = await judgeLoss(run, remedy, params, null)
    return stateLoss(facts, deed.recoverable[0] ?? null)
  })
  await freeze(run, key, { remedy, deed, loss }, params)
  const what = sayLossDeed(loss)
  await run.approval(what)
  await run.step<Json>({
    key: `${key}.allocate`,
    title: what,
    before: loss as unknown as Json,
    guard: async () => void (await judgeLoss(run, remedy, params, loss.uuid)),
    observe: async () => {
      const primary = await findPrimary(run, loss)
      // A good copy that has come back by itself is no work of this command, and nothing is lost.
      const isOurs = primary !== null && !loss.inSync.includes(primary.allocationId ?? '')
      return isOurs ? { state: 'done', result: primary.allocationId } : { state: 'not-done' }
    },
    apply: async () => {
      const { index, shard, node } = remedy
      const what = remedy.do === 'allocate-stale' ? 'allocate_stale_primary' : 'allocate_empty_primary'
      await run.allocation.reroute([{ do: what, index, shard, node }])
      return null
    },
  })
  await waitUntilStarted(run, loss, durationMs(params.stall))
  await tellLoss(run, key, loss)
  await offerNext(run, key, loss)
  return `${loss.index}[${loss.shard}] has a primary again`
}

/** Before anything is asked for: a person decides on what is kept, and not on what may be otherwise by then. */
async function freeze(
  run: Run,
  key: string,
  stated: { readonly remedy: Losing; readonly deed: Deed; readonly loss: Loss },
  params: LossParams,
): Promise<void> {
  const { remedy, deed, loss } = stated
  const name = `${run.id}/${loss.index}/${loss.shard}`
  await run.step({
    key: `${key}.freeze`,
    title: `keep what is known of ${loss.index}[${loss.shard}]`,
    observe: async () =>
      (await run.evidence.get('loss', name)) === null
        ? { state: 'not-done' }
        : { state: 'done', result: name },
    apply: async () => {
      const { copies, explanation, stores, members } = await judgeLoss(run, remedy, params, loss.uuid)
      const diagnosis = { sentence: deed.sentence, evidence: deed.evidence }
      const seen = { copies, explanation, stores, members }
      const body = { run: run.id, remedy, loss, diagnosis, ...seen } as unknown as Json
      await run.evidence.put('loss', name, run.clock.now(), body)
      return name
    },
    retries: 1,
  })
}

/** Where it is, once it has a node; `null` where it has none. */
async function findPrimary({ elasticsearch }: Run, { index, uuid, shard }: Loss): Promise<ShardCopy | null> {
  const { indices } = await elasticsearch.shardMap()
  const found = indices.find(one => one.name === index && one.uuid === uuid)
  const copies = found?.shards.find(({ number }) => number === shard)?.copies ?? []
  return copies.find(({ primary, node }) => primary && node !== null) ?? null
}

function waitUntilStarted(run: Run, loss: Loss, stallMs: number): Promise<void> {
  const name = `${loss.index}[${loss.shard}]`
  return run.wait<void>({
    subject: name,
    title: 'its primary starts',
    everyMs: 500,
    stallMs,
    ceilingMs: stallMs,
    poll: async () => {
      const primary = await findPrimary(run, loss)
      if (primary !== null && primary.state !== 'INITIALIZING') return { done: undefined }
      return { progress: primary?.state ?? null, text: primary === null ? 'it has no node' : primary.state }
    },
    orElse: lastSeen =>
      new OpsError('REROUTE_REFUSED', {
        message: `the primary of ${name} was allocated and does not start: ${lastSeen}`,
        hint: `what was known of it is kept as evidence of run ${run.id}`,
      }),
  })
}
