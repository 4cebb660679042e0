// Whether a served certificate will do for a while. Pure.
import { sayTime } from '#sdk'
import { sayEndpoint } from './endpoints.ts'
import type { AuditedEndpoint } from './facts.ts'
import { daysBetween, type Finding, findingsOn, sayDays } from './finding.ts'

/** Within so many days there is hardly time left for a mistake. */
const criticalDays = 7

export function judgeCertificate(endpoint: AuditedEndpoint, days: number, nowMs: number): Finding[] {
  const { certificate, problem, authorityEndsAtMs } = endpoint.answer
  const about = findingsOn(sayEndpoint(endpoint))
  if (certificate === null)
    return [about.warning(`${endpoint.service} shows no certificate: ${problem}`, 'see whether it runs')]
  const { issuer, serial, notAfterMs } = certificate
  const left = daysBetween(nowMs, notAfterMs)
  const hint =
    endpoint.service === 'kibana'
      ? 'no role makes it: renew it by hand'
      : `ops run renew-certificates --hosts ${endpoint.host} --days ${days}`
  const ends = `${sayTime(notAfterMs)}, serial ${serial}`
  const findings: Finding[] = []
  if (notAfterMs <= nowMs) findings.push(about.critical(`its certificate has ended at ${ends}`, hint))
  else if (problem !== null)
    findings.push(
      about.critical(
        `its certificate is not accepted: ${problem}; issued by ${issuer}, serial ${serial}`,
        endpoint.caFile === null ? 'name its CA in the inventory' : `compare it with ${endpoint.caFile}`,
      ),
    )
  else if (left < days) {
    const severity = left < criticalDays ? 'critical' : 'warning'
    findings.push(about[severity](`its certificate ends in ${sayDays(left)}, at ${ends}`, hint))
  }
  if (authorityEndsAtMs !== null && daysBetween(nowMs, authorityEndsAtMs) < days)
    findings.push(
      about.critical(
        `the authority that its clients trust ends at ${sayTime(authorityEndsAtMs)}`,
        `make a new one, and have every client trust both: ${endpoint.caFile}`,
      ),
    )
  return findings.length > 0
    ? findings
    : [about.ok(`${endpoint.service}: ${sayDays(left)} left, serial ${serial}, issued by ${issuer}`)]
}
