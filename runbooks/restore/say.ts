// What a restore leaves in the report: verdict by index, phases, how long it took and what is not in it. Text only.
import { type Run, sayBytes, sayCount, saySpan, sayTime } from '#sdk'
import type { RestoreDetails } from './plan.ts'
import { sayVerdict } from './prove.ts'
import type { Proof } from './restore-and-prove.ts'

/** `incidentMs`: when the data was lost; the run's beginning where nobody says. */
export async function sayProof(
  run: Run,
  details: RestoreDetails,
  proof: Proof,
  incidentMs: number,
): Promise<void> {
  const { verdicts, restoreSeconds, compareSeconds, provenAtMs } = proof
  const { from, renamed, straight, aside } = details
  for (const verdict of verdicts)
    await run.mark(`verdict.${verdict.index}`, 'remark', {
      text: `${sayVerdict(verdict)} (${verdict.name})`,
      index: verdict.index,
      docs: verdict.docs,
      bytes: verdict.bytes,
      verdict: verdict.compared ? 'equal' : 'not compared',
    })
  const bytes = verdicts.reduce((sum, one) => sum + one.bytes, 0)
  const docs = verdicts.reduce((sum, one) => sum + one.docs, 0)
  const perSecond = sayBytes(bytes / Math.max(0.001, restoreSeconds))
  await run.mark('phases', 'remark', {
    text: `${verdicts.length} indices, ${sayCount(docs)} documents, ${sayBytes(bytes)} restored in ${restoreSeconds.toFixed(1)} s (${perSecond}/s), compared in ${compareSeconds.toFixed(1)} s`,
    ...{ restoreSeconds, compareSeconds, bytes, docs },
  })
  const [rtoMs, rpoMs] = [provenAtMs - incidentMs, incidentMs - from.startedAtMs]
  await run.mark('objectives', 'remark', {
    text: `RTO ${saySpan(rtoMs)}: proven at ${sayTime(provenAtMs)}; RPO ${saySpan(rpoMs)}: what was written after ${sayTime(from.startedAtMs)} is not in ${from.name}`,
    rtoSeconds: Math.round(rtoMs / 1000),
    rpoSeconds: Math.round(rpoMs / 1000),
  })
  if (renamed.length > 0)
    await run.mark('copies', 'remark', {
      text: `restored-${run.id}-* stay until somebody deletes them`,
    })
  if (straight.length + aside.length > 0)
    await run.mark('lifecycle', 'remark', {
      text: 'restored indices have no lifecycle policy: give it back when their age allows it',
    })
}
