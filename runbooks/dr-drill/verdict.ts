// What a drill amounts to: recovery time and lost writes against their targets. Pure.
import { durationMs } from '#sdk'
import type { MethodEnd } from './apply.ts'
import type { DrillRecord } from './history.ts'
import type { DrillParams } from './params.ts'

export interface Judged {
  readonly run: string
  readonly params: DrillParams
  readonly cluster: string
  readonly end: MethodEnd
  readonly declaredMs: number
  /** Why it is not steady again; `null` where it is. */
  readonly steady: string | null
}

export function judgeDrill({ run, params, cluster, end, declaredMs, steady }: Judged): DrillRecord {
  const targets = {
    rtoSeconds: durationMs(params.rtoTarget) / 1000,
    rpoSeconds: durationMs(params.rpoTarget) / 1000,
  }
  const rtoSeconds = end.ok ? Math.round((end.found.verifiedAtMs - declaredMs) / 100) / 10 : null
  const rpoSeconds = end.ok ? end.found.rpoSeconds : null
  const failures = [
    ...(end.ok ? end.found.troubles : [end.message]),
    ...(steady === null ? [] : [`not steady again: ${steady}`]),
  ]
  const missed = [
    ...explainMissed('RTO', rtoSeconds, targets.rtoSeconds),
    ...explainMissed('RPO', rpoSeconds, targets.rpoSeconds),
  ]
  return {
    scenario: params.scenario,
    run,
    cluster,
    at: new Date(declaredMs).toISOString(),
    verdict: failures.length > 0 ? 'failed' : missed.length > 0 ? 'missed' : 'proven',
    rtoSeconds,
    rpoSeconds,
    targets,
    phases: end.ok ? [...end.found.phases] : [],
    proven: end.ok ? [...end.found.proven] : [],
    troubles: [...failures, ...missed],
  }
}

function explainMissed(what: string, seconds: number | null, target: number): readonly string[] {
  return seconds === null || seconds <= target ? [] : [`${what} ${seconds} s, the target is ${target} s`]
}
