// Whether Vault and our own way into it are as they should be. Pure.
import { saySpan, sayTime } from '#sdk'
import { dayMs, type Finding, findingsOn } from './finding.ts'
import type { RoleFacts, VaultFacts } from './look-at-vault.ts'

/** More, and what is called old or about to end is guesswork. */
const mostSkewMs = 60_000
/** What ends within so many days is named; within the second number it is late. */
const soonMs = { warning: 14 * dayMs, critical: 3 * dayMs }

export function judgeVault({ problem, skewMs, session, roles }: VaultFacts, nowMs: number): Finding[] {
  const about = findingsOn('vault')
  const findings: Finding[] = []
  if (problem !== null) {
    const hint = problem.hint ?? 'what is said of secrets below is from the cache of this machine, or missing'
    // An inventory without a Vault is a wish, not an outage.
    const severity = problem.code === 'INVENTORY_INVALID' ? 'warning' : 'critical'
    findings.push(about[severity](`${problem.message}: nothing can be rotated`, hint))
  }
  if (skewMs !== null && Math.abs(skewMs) > mostSkewMs)
    findings.push(
      about.warning(
        `its clock and ours are ${saySpan(Math.abs(skewMs))} apart`,
        'set both by NTP; ages and ends of secrets are wrong by as much',
      ),
    )
  // A token that came by an AppRole is made anew whenever it is needed; only one that somebody has put there runs out.
  if (session !== null && session.role === null && session.expiresAtMs !== null)
    findings.push(
      ...judgeEnd('vault', 'the token of ops', session.expiresAtMs, nowMs, 'put a new one in its file'),
    )
  findings.push(...roles.flatMap(role => judgeRole(role, nowMs)))
  return findings.length > 0 ? findings : [about.ok('answers, and lets ops in')]
}

export function judgeEnd(
  about: string,
  what: string,
  endsAtMs: number,
  nowMs: number,
  hint: string,
): Finding[] {
  const leftMs = endsAtMs - nowMs
  if (leftMs > soonMs.warning) return []
  const severity = leftMs > soonMs.critical ? 'warning' : 'critical'
  const when = leftMs > 0 ? `ends in ${saySpan(leftMs)}` : 'has ended'
  return [findingsOn(about)[severity](`${what} ${when}, at ${sayTime(endsAtMs)}`, hint)]
}

/** Only the last one to end matters: which of them somebody uses cannot be seen. */
function judgeRole({ role, secretIds, problem }: RoleFacts, nowMs: number): Finding[] {
  const about = findingsOn('vault')
  if (secretIds === null)
    return [
      about.warning(
        `the secret-ids of the AppRole ${role} cannot be looked at: ${problem}`,
        'see the policy of ops',
      ),
    ]
  if (secretIds.length === 0)
    return [
      about.critical(
        `the AppRole ${role} has no secret-id: nobody can log in by it`,
        'make one, or rotate it',
      ),
    ]
  const ends = secretIds.map(({ expiresAtMs }) => expiresAtMs ?? Number.POSITIVE_INFINITY)
  const last = Math.max(...ends)
  const what = `the last secret-id of the AppRole ${role}`
  return Number.isFinite(last) ? judgeEnd('vault', what, last, nowMs, 'make a new one, or rotate it') : []
}
