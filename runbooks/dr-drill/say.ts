// What the report says of a drill: each sentence a remark, journalled once.
import type { Run } from '#sdk'
import { type DrillRecord, sayTrend } from './history.ts'

export async function sayDrill(
  run: Run,
  record: DrillRecord,
  steady: string | null,
  drills: readonly DrillRecord[],
): Promise<void> {
  const sentences = [
    ...sayRecord(record),
    ...(steady === null ? [] : [`steady state afterwards: ${steady}`]),
    ...sayTrend(drills),
  ]
  for (const [at, text] of sentences.entries()) await run.mark(`drill.${at}`, 'remark', { text })
}

export function sayRecord({
  verdict,
  rtoSeconds,
  rpoSeconds,
  targets,
  phases,
  proven,
  troubles,
}: DrillRecord): string[] {
  return [
    `${verdict}: ${sayAgainst('RTO', rtoSeconds, targets.rtoSeconds)}; ${sayAgainst('RPO', rpoSeconds, targets.rpoSeconds)}`,
    ...phases.map(({ what, seconds }) => `${what}: ${seconds} s`),
    ...proven,
    ...troubles,
  ]
}

function sayAgainst(what: string, seconds: number | null, target: number): string {
  if (seconds === null) return `${what} unknown, target ${target} s`
  return `${what} ${seconds} s, target ${target} s: ${seconds <= target ? 'met' : 'missed'}`
}
