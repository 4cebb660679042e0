// What would be done, as data. Pure.
import type { Json, JsonObject, PlanBody } from '#sdk'
import { planKafkaRestart } from '../rolling-restart/kafka/plan.ts'
import { planRestart } from '../rolling-restart/plan.ts'
import type { ClusterState, DeployFacts, Part } from './facts.ts'
import type { DeployParams } from './params.ts'
import type { SystemName } from './systems.ts'

export type DeployDetails = {
  readonly cluster: ClusterState
  readonly clusterName: string
  /** What has work to do, in the order of the systems. */
  readonly parts: readonly PlannedPart[]
}

export type PlannedPart = {
  readonly system: SystemName
  readonly playbook: string
  readonly hosts: readonly string[]
  /** Hosts on which all of it is new. */
  readonly fresh: readonly string[]
}

/** Measured on the lab of two processors: a host that is new to a system, a host looked at again, a first start. */
const seconds = { fresh: 25, again: 8, firstStart: 12 }

export function planDeploy(facts: DeployFacts, params: DeployParams): PlanBody<DeployDetails> {
  const parts = facts.parts.filter(hasWork)
  const restarts = planRestarts(facts)
  const fresh = parts.reduce((sum, { fresh: hosts }) => sum + hosts.length, 0)
  const again = parts.reduce((sum, { hosts }) => sum + hosts.length, 0) - fresh
  return {
    ...(restarts.length === 0
      ? {}
      : {
          waves: restarts.flatMap(({ waves }) => waves ?? []),
          lowerBound: restarts.reduce((sum, { lowerBound }) => sum + (lowerBound ?? 0), 0),
        }),
    expectedSeconds:
      fresh * seconds.fresh +
      again * seconds.again +
      (facts.cluster.state === 'running' ? 0 : freshNodes(facts).length * seconds.firstStart) +
      restarts.reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0),
    effects: [
      ...parts.flatMap(sayPart),
      ...freshNodes(facts).map(host => `start elasticsearch for the first time on ${host}`),
      ...restarts.flatMap(({ effects }) => effects),
    ],
    notes: [
      ...sayNothingToDo(parts),
      ...sayWarnings(facts),
      ...sayRestarts(facts, params),
      ...restarts.flatMap(({ notes }) => notes),
    ],
    fingerprint: fingerprintOf(
      facts,
      restarts.map(({ fingerprint }) => fingerprint),
    ),
    details: {
      cluster: facts.cluster.state,
      clusterName: facts.clusterName,
      parts: parts.map(({ system, hosts, fresh: newHosts }) => ({
        system: system.name,
        playbook: system.playbook,
        hosts,
        fresh: newHosts,
      })),
    },
  }
}

/** Brokers come first, as their system does. */
function planRestarts({ restart: { kafka, elasticsearch } }: DeployFacts): readonly PlanBody<Json>[] {
  return [
    ...(kafka === null ? [] : [planKafkaRestart(kafka.facts, kafka.params)]),
    ...(elasticsearch === null ? [] : [planRestart(elasticsearch.facts, elasticsearch.params)]),
  ]
}

/** A part whose check found nothing is left alone; one whose check failed is played if somebody waived that. */
const hasWork = ({ fresh, preview }: Part): boolean =>
  fresh.length + preview.changes.length + preview.faults.length + preview.restart.length > 0

const freshNodes = ({ parts }: DeployFacts): readonly string[] =>
  parts.find(({ system }) => system.name === 'elasticsearch')?.fresh ?? []

function sayPart({ system, fresh, preview }: Part): string[] {
  const made = system.once
    ? fresh.map(() => 'make users, roles, template, lifecycle policy and repository in the cluster')
    : fresh.map(host => `set up ${system.name} on ${host}`)
  return [
    ...made,
    ...preview.changes.map(({ host, task, diff }) => `${system.name}: ${task}${sizeOf(diff)} on ${host}`),
  ]
}

/** `(+3 -1)`: how many lines come and go. */
function sizeOf(diff: string | null): string {
  if (diff === null) return ''
  const count = (mark: RegExp): number => diff.split('\n').filter(line => mark.test(line)).length
  const [come, go] = [count(/^\+(?!\+\+)/), count(/^-(?!--)/)]
  return come + go === 0 ? '' : ` (+${come} -${go})`
}

const sayNothingToDo = (parts: readonly Part[]): string[] =>
  parts.length === 0 ? ['everything is as the inventory says: nothing would change'] : []

const sayWarnings = ({ parts }: DeployFacts): string[] =>
  parts.flatMap(({ system, preview }) => preview.warnings.map(text => `${system.name} ${text}`))

/** Running services that go on with an older config. */
function sayRestarts({ parts, cluster }: DeployFacts, { restart }: DeployParams): string[] {
  return parts.flatMap(({ system: { name, restarts }, preview }) => {
    if (preview.restart.length === 0) return []
    const on = preview.restart.join(', ')
    if (!restarts) return [`${name} goes on with an older config on ${on}: this runbook does not restart it`]
    if (restart === 'none' && (name !== 'elasticsearch' || cluster.state === 'running'))
      return [`${name} goes on with an older config on ${on}: --restart none`]
    return []
  })
}

/** What the plan depends on: what is there, and what would change. */
const fingerprintOf = (facts: DeployFacts, restarts: readonly Json[]): JsonObject => ({
  cluster: facts.cluster.state,
  parts: facts.parts.map(({ system, hosts, fresh, preview }) => ({
    system: system.name,
    hosts,
    fresh,
    changes: preview.changes.map(({ host, task, diff }) => `${host} ${task} ${diff ?? ''}`),
    restart: preview.restart,
  })),
  restarts,
})
