// What an audit says of one thing. Pure.

/** `critical`: a person is needed now. `warning`: before long. */
export type Severity = 'ok' | 'warning' | 'critical'

export type Finding = {
  readonly severity: Severity
  /** A secret, a secret on a host, an endpoint, or Vault. */
  readonly about: string
  readonly sentence: string
  /** One thing to do next; `null` where all is well. */
  readonly hint: string | null
}

/** Of one subject. */
export const findingsOn = (about: string) => ({
  ok: (sentence: string): Finding => ({ severity: 'ok', about, sentence, hint: null }),
  warning: (sentence: string, hint: string): Finding => ({ severity: 'warning', about, sentence, hint }),
  critical: (sentence: string, hint: string): Finding => ({ severity: 'critical', about, sentence, hint }),
})

export const severities: readonly Severity[] = ['critical', 'warning', 'ok']

export const sayFinding = ({ severity, about, sentence, hint }: Finding): string =>
  `${severity === 'ok' ? '' : `${severity}: `}${about}: ${sentence}${hint === null ? '' : `; next: ${hint}`}`

export const dayMs = 86_400_000

/** Whole days, rounded towards now. */
export const daysBetween = (fromMs: number, toMs: number): number => Math.trunc((toMs - fromMs) / dayMs)

export const sayDays = (days: number): string => (days === 1 ? '1 day' : `${days} days`)
