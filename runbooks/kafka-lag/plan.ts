// What is wrong and what would be done about it, as data. Pure.
import type { PlanBody } from '#sdk'
import type { GroupFacts, LagFacts } from './facts.ts'
import { slopeOf } from './measure.ts'
import type { LagParams } from './params.ts'
import { isTaken, sayRemedy } from './remedies.ts'

export type Treatment = {
  readonly group: string
  readonly cause: string
  readonly service: string
  readonly kind: 'start' | 'restart' | 'threads'
  readonly hosts: readonly string[]
  /** Null where their number stays. */
  readonly threads: number | null
  readonly threadsNow: number
  /** Partitions that stood still when it was planned, with their offset. */
  readonly still: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]
}

export type LagDetails = {
  readonly clusterId: string
  readonly treatments: readonly Treatment[]
  /** What was found, one sentence for each group. */
  readonly said: readonly string[]
}

const secondsPerHost = 25

export function planLag(facts: LagFacts, { fix }: LagParams): PlanBody<LagDetails> {
  const said = facts.groups.flatMap(sayGroup)
  const treatments = fix ? facts.groups.flatMap(treat) : []
  const hosts = treatments.reduce((sum, one) => sum + one.hosts.length, 0)
  return {
    expectedSeconds: hosts * secondsPerHost,
    effects: treatments.flatMap(sayTreatment),
    notes: [...said, ...(said.length === 0 ? ['no group reads anything'] : [])],
    fingerprint: {
      cluster: facts.clusterId.found,
      treatments: treatments.map(
        ({ group, kind, hosts: on, threads }) => `${group} ${kind} ${on.join(' ')} ${threads}`,
      ),
    },
    details: { clusterId: facts.clusterId.found, treatments, said },
  }
}

function sayGroup({ lag, finding }: GroupFacts): string[] {
  if (lag.members.length === 0 && lag.partitions.length === 0) return []
  const slope = Math.round(slopeOf(lag))
  const moves = slope === 0 ? 'steady' : slope > 0 ? `growing by ${slope}/s` : `shrinking by ${-slope}/s`
  const busiest = [...lag.partitions].sort((a, b) => b.lag - a.lag).filter(one => one.lag > 0)
  const where = busiest.slice(0, 3).map(one => `${one.topic}-${one.partition} ${one.lag}`)
  const most = where.length === 0 ? '' : `; most in ${where.join(', ')}`
  const head = `${lag.group}: lag ${lag.lag}, ${moves}, ${lag.members.length} members, ${lag.state}${most}`
  if (finding === null) return [`${head}; it keeps up`]
  return [
    head,
    `${lag.group}, ${finding.cause}: ${finding.evidence}. What would help: ${sayRemedy(finding.remedy)}`,
  ]
}

function treat({ lag, fleet, finding }: GroupFacts): Treatment[] {
  if (fleet === null || finding === null || !isTaken(finding.remedy)) return []
  const { remedy, cause } = finding
  return [
    {
      group: lag.group,
      cause,
      service: fleet.service,
      kind: remedy.kind,
      hosts: remedy.hosts,
      threads: remedy.kind === 'threads' ? remedy.threads : null,
      threadsNow: remedy.kind === 'threads' ? remedy.from : fleet.threads,
      still: lag.partitions.flatMap(({ topic, partition, offset, still }) =>
        still && offset !== null ? [{ topic, partition, offset }] : [],
      ),
    },
  ]
}

const sayTreatment = ({ kind, service, hosts, threads }: Treatment): string[] => [
  ...(threads === null ? [] : hosts.map(host => `set ${threads} consumer threads on ${host}`)),
  ...hosts.map(host =>
    kind === 'start' ? `start ${service} on ${host}` : `stop and start ${service} on ${host}`,
  ),
]
