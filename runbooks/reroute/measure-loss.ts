// What is there after a loss, and what may bring the rest back: told in the report, in numbers that a ledger can be held against.
import { type JsonObject, type Run, sayCount, sayTime } from '#sdk'
import type { Loss } from './loss.ts'
import { sayLoss } from './say.ts'

type Measured = {
  /** Of this shard; `null` where nobody says. */
  readonly docs: number | null
  readonly maxSeqNo: number | null
  /** Newest `@timestamp` of what can be read of the index. */
  readonly newestMs: number | null
}

export async function tellLoss(run: Run, key: string, loss: Loss): Promise<void> {
  const measured = await run.note(`${key}.measured`, () => measure(run, loss))
  const text = sayMeasured(loss, measured)
  const data: JsonObject = { ...measured, index: loss.index, shard: loss.shard, kind: loss.kind }
  const span = { lostFromMs: loss.kind === 'empty' ? null : loss.behindSinceMs, lostUntilMs: loss.goneAtMs }
  await run.mark(`${key}.lost`, 'remark', { text, ...data, ...span })
}

async function measure({ allocation }: Run, { index, shard }: Loss): Promise<Measured> {
  const isIts = (one: { readonly index: string; readonly shard: number; readonly primary: boolean }) =>
    one.index === index && one.shard === shard && one.primary
  const [glimpse] = await allocation.glimpse([index])
  return {
    docs: (await allocation.copies()).find(isIts)?.docs ?? null,
    maxSeqNo: (await allocation.sequences([index])).find(isIts)?.maxSeqNo ?? null,
    newestMs: glimpse?.untilMs ?? null,
  }
}

function sayMeasured(loss: Loss, { docs, maxSeqNo, newestMs }: Measured): string {
  const held = [
    docs === null ? null : `holds ${sayCount(docs)} documents`,
    maxSeqNo === null ? null : `its last write is number ${maxSeqNo}`,
    newestMs === null ? null : `the newest document of ${loss.index} is of ${sayTime(newestMs)}`,
  ].filter(one => one !== null)
  const now = `the primary of ${loss.index}[${loss.shard}] is on ${loss.node}${held.length === 0 ? '' : `: ${held.join(', ')}`}`
  return `${now}; ${sayLoss(loss)}`
}

/** As text that can be typed; it is another run, with gates of its own. */
export async function offerNext(
  run: Run,
  key: string,
  { index, recoverable, behindSinceMs }: Loss,
): Promise<void> {
  const offers: string[] = []
  const snapshot = recoverable?.snapshot ?? null
  if (snapshot !== null)
    offers.push(
      `what the snapshot of ${snapshot.takenAt} has: ops run restore --repository ${snapshot.repository} --snapshot ${snapshot.name} --indices ${index}`,
    )
  if (recoverable?.from.includes('kafka') === true)
    offers.push(
      `Kafka still has that time: set the consumers back to ${behindSinceMs === null ? 'the start of the gap' : sayTime(behindSinceMs)}`,
    )
  const text =
    offers.length === 0 ? `nothing that ops knows of has what ${index} has lost` : offers.join('; ')
  await run.mark(`${key}.next`, 'remark', { text })
}
