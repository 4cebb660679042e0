// Cases of the stop conditions: what differs from a calm look in the middle of a run, and what the condition says.
import type { Situation } from '../../../runbooks/rolling-restart/conditions.ts'
import { calmFacts, nodeNames } from './calm-facts.ts'

export interface StopCase {
  readonly condition: string
  readonly when: string
  /** Words of what is wrong; null where the run goes on. */
  readonly wrong: RegExp | null
  readonly change: (situation: SituationDraft) => void
}

/** A look in the middle of a run, flat so that one line changes it. */
export interface SituationDraft {
  status: 'green' | 'yellow' | 'red'
  present: string[]
  underWay: string[]
  elected: string | null
  mastersTouched: boolean
  silentForMs: Map<string, number>
  redForMs: number
  canaryFailures: number
  blockedIndices: string[]
  fallingBack: string[]
}

export function situationOf(change: (situation: SituationDraft) => void = () => {}): Situation {
  const draft: SituationDraft = {
    status: 'yellow',
    present: nodeNames.filter(name => name !== 'es-data03'),
    underWay: ['es-data03'],
    elected: 'es-master01',
    mastersTouched: false,
    silentForMs: new Map(),
    redForMs: 0,
    canaryFailures: 0,
    blockedIndices: [],
    fallingBack: [],
  }
  change(draft)
  const { nodes, map, master } = calmFacts()
  const { status, present, underWay, elected, ...rest } = draft
  return {
    seen: {
      nodes: nodes.filter(({ name }) => present.includes(name)),
      map,
      traffic: { status, nodes: present.length, indexedTotal: 1, indexTimeMs: 1 },
      master: { ...master, elected },
    },
    baseline: { nodes: nodeNames, elected: 'es-master01' },
    underWay: new Set(underWay),
    ...rest,
  }
}

const silent =
  (forMs: number): StopCase['change'] =>
  one =>
    Object.assign(one, {
      present: one.present.filter(name => name !== 'es-data05'),
      silentForMs: new Map([['es-data05', forMs]]),
    })

export const stopCases: readonly StopCase[] = [
  {
    condition: 'consumers_of_kafka_fall_back',
    when: 'a group has been falling back for too long',
    wrong: /logstash has been falling back/,
    change: one => Object.assign(one, { fallingBack: ['logstash'] }),
  },
  {
    condition: 'consumers_of_kafka_fall_back',
    when: 'no group has',
    wrong: null,
    change: one => Object.assign(one, { fallingBack: [] }),
  },
  {
    condition: 'cluster_turned_red',
    when: 'a new index is red for a moment',
    wrong: null,
    change: one => Object.assign(one, { status: 'red', redForMs: 20_000 }),
  },
  {
    condition: 'cluster_turned_red',
    when: 'the cluster stays red',
    wrong: /red for 21 s/,
    change: one => Object.assign(one, { status: 'red', redForMs: 21_000 }),
  },
  {
    condition: 'another_node_left',
    when: 'only the node that is being restarted is away',
    wrong: null,
    change: () => {},
  },
  {
    condition: 'another_node_left',
    when: 'a node is away that nobody is restarting',
    wrong: /^es-data05 left/,
    change: one => Object.assign(one, { present: nodeNames.filter(name => name !== 'es-data05') }),
  },
  {
    condition: 'another_node_left',
    when: 'a member does not answer for a moment',
    wrong: null,
    change: silent(20_000),
  },
  {
    condition: 'another_node_left',
    when: 'a member goes on without an answer',
    wrong: /^es-data05 in the cluster, without an answer for 21 s/,
    change: silent(21_000),
  },
  {
    condition: 'master_changed_by_itself',
    when: 'a master has been restarted',
    wrong: null,
    change: one => Object.assign(one, { elected: 'es-master02', mastersTouched: true }),
  },
  {
    condition: 'master_changed_by_itself',
    when: 'an election is going on',
    wrong: null,
    change: one => Object.assign(one, { elected: null }),
  },
  {
    condition: 'master_changed_by_itself',
    when: 'no master has been restarted',
    wrong: /from es-master01 to es-master02/,
    change: one => Object.assign(one, { elected: 'es-master02' }),
  },
  {
    condition: 'flood_stage_reached',
    when: 'no index is blocked',
    wrong: null,
    change: () => {},
  },
  {
    condition: 'flood_stage_reached',
    when: 'an index is blocked by a full disk',
    wrong: /full disk: nginx-today/,
    change: one => Object.assign(one, { blockedIndices: ['nginx-today'] }),
  },
  {
    condition: 'canary_write_fails',
    when: 'two canary writes failed',
    wrong: null,
    change: one => Object.assign(one, { canaryFailures: 2 }),
  },
  {
    condition: 'canary_write_fails',
    when: 'three canary writes in a row failed',
    wrong: /^3 canary writes/,
    change: one => Object.assign(one, { canaryFailures: 3 }),
  },
]
