// Walks the gates of deploy: each of its own has a case that passes and one that refuses; those of a restart are judged when a
// running node would be restarted, and only then.
import { expect } from 'chai'
import type { DeployFacts } from '../../../runbooks/deploy/facts.ts'
import { gates } from '../../../runbooks/deploy/gates/index.ts'
import { params as schema } from '../../../runbooks/deploy/params.ts'
import { systems } from '../../../runbooks/deploy/systems.ts'
import { gates as restartGates } from '../../../runbooks/rolling-restart/gates/index.ts'
import { kafkaGates } from '../../../runbooks/rolling-restart/kafka/gates/index.ts'
import { calmFacts, paramsOf } from '../rolling-restart/calm-facts.ts'

type Draft<T> = T extends readonly (infer E)[]
  ? Draft<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Draft<T[K]> }
    : T

const host = (name: string, groups: string[], address: string) => ({
  name,
  groups,
  vars: { ansible_host: address, es_cluster_name: 'prod-elk' },
})

function wellFacts(change: (facts: Draft<DeployFacts>) => void = () => {}): DeployFacts {
  const hosts = [
    ...[1, 2, 3].map(at => host(`es-master0${at}`, ['elasticsearch', 'es_master'], `10.0.0.${at}`)),
    host('es-data01', ['elasticsearch', 'es_data_hot'], '10.0.0.11'),
    ...[1, 2, 3].map(at => host(`kafka0${at}`, ['kafka'], `10.0.1.${at}`)),
  ]
  const facts: DeployFacts = {
    inventory: { source: 'inventory/fake', hosts },
    clusterName: 'prod-elk',
    states: hosts.map(({ name }) => ({ host: name, problem: null, systems: {} })),
    preflight: [],
    cluster: { state: 'none', problem: null },
    parts: systems.map(system => ({
      system,
      hosts: [],
      fresh: [],
      preview: { changes: [], faults: [], restart: [], warnings: [] },
    })),
    restart: { elasticsearch: null, kafka: null },
  }
  const draft = structuredClone(facts) as Draft<DeployFacts>
  change(draft)
  return draft as DeployFacts
}

interface Case {
  readonly gate: string
  readonly pass: boolean
  readonly when: string
  readonly evidence: RegExp
  readonly change?: (facts: Draft<DeployFacts>) => void
}

const without = (facts: Draft<DeployFacts>, gone: (groups: string[]) => boolean): void => {
  facts.inventory.hosts = facts.inventory.hosts.filter(({ groups }) => !gone(groups))
}
const cases: readonly Case[] = [
  { gate: 'inventory_has_every_group_it_needs', pass: true, when: 'all are there', evidence: /^7 hosts$/ },
  {
    gate: 'inventory_has_every_group_it_needs',
    pass: true,
    when: 'there is no Elasticsearch at all',
    evidence: /^3 hosts$/,
    change: facts => without(facts, groups => groups.includes('elasticsearch')),
  },
  {
    gate: 'inventory_has_every_group_it_needs',
    pass: false,
    when: 'no host may hold new indices',
    evidence: /^the group es_data_hot is missing or empty$/,
    change: facts => without(facts, groups => groups.includes('es_data_hot')),
  },
  { gate: 'quorums_can_lose_a_member', pass: true, when: 'there are three of each', evidence: /odd number/ },
  {
    gate: 'quorums_can_lose_a_member',
    pass: false,
    when: 'a master is missing',
    evidence: /^es_master has 2 hosts/,
    change: facts => facts.inventory.hosts.shift(),
  },
  {
    gate: 'every_host_has_an_address_of_its_own',
    pass: true,
    when: 'all differ',
    evidence: /^7 addresses$/,
  },
  {
    gate: 'every_host_has_an_address_of_its_own',
    pass: false,
    when: 'two hosts share one',
    evidence: /^es-master02 and es-data01 share 10\.0\.0\.2$/,
    change: facts => {
      const data = facts.inventory.hosts.find(({ name }) => name === 'es-data01')
      if (data) data.vars = { ansible_host: '10.0.0.2' }
    },
  },
  { gate: 'every_host_answers', pass: true, when: 'all do', evidence: /^7 hosts answer/ },
  {
    gate: 'every_host_answers',
    pass: false,
    when: 'one cannot be reached',
    evidence: /^kafka02: unreachable: no route$/,
    change: ({ states }) => {
      const found = states.find(state => state.host === 'kafka02')
      if (found) found.problem = 'unreachable: no route'
    },
  },
  {
    gate: 'every_host_passes_its_preflight_checks',
    pass: true,
    when: 'all do',
    evidence: /^7 hosts checked$/,
  },
  {
    gate: 'every_host_passes_its_preflight_checks',
    pass: false,
    when: 'a port is taken',
    evidence: /^es-data01: port 9200 is taken$/,
    change: ({ preflight }) => preflight.push({ host: 'es-data01', message: 'port 9200 is taken' }),
  },
  { gate: 'it_is_known_what_would_change', pass: true, when: 'every check ended', evidence: /to its end/ },
  {
    gate: 'it_is_known_what_would_change',
    pass: false,
    when: 'a check failed half way',
    evidence: /^base on kafka01: no space$/,
    change: ({ parts: [base] }) => base?.preview.faults.push({ host: 'kafka01', message: 'no space' }),
  },
  {
    gate: 'cluster_answers_or_has_never_been',
    pass: true,
    when: 'there is none',
    evidence: /yet to be made/,
  },
  {
    gate: 'cluster_answers_or_has_never_been',
    pass: false,
    when: 'its nodes have data and nobody answers',
    evidence: /nodes of prod-elk have data.*refused/,
    change: facts => {
      facts.cluster = { state: 'building', problem: 'connection refused' }
    },
  },
]

const given = schema.parse({})
const allOfRestarts = [...restartGates, ...kafkaGates].map(({ name }) => name)
const ofRestart = new Set(allOfRestarts)

describe('the gates of deploy', () => {
  for (const { name, prevents, check } of gates.filter(gate => !ofRestart.has(gate.name)))
    describe(name, () => {
      const own = cases.filter(({ gate }) => gate === name)
      it('is a sentence in snake_case', () => expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/))
      it('names the outage that it prevents', () => expect(prevents).to.match(/^[A-Z].{15,}\.$/))
      it('has a case that passes and one that refuses', () =>
        expect(new Set(own.map(({ pass }) => pass)).size).to.equal(2))
      for (const one of own)
        it(`${one.pass ? 'passes' : 'refuses'} when ${one.when}`, () => {
          const found = check(wellFacts(one.change), given)
          expect(found.evidence).to.match(one.evidence)
          expect(found.pass).to.equal(one.pass)
        })
    })

  it('hold all those of a restart, which pass where no running node is restarted', () => {
    const adapted = gates.filter(({ name }) => ofRestart.has(name))
    expect(adapted.map(({ name }) => name)).to.deep.equal(allOfRestarts)
    for (const { name, check } of adapted) expect(check(wellFacts(), given), name).to.include({ pass: true })
  })

  it('have names of their own', () =>
    expect(new Set(gates.map(({ name }) => name)).size).to.equal(gates.length))

  it('judge the cluster as a restart does where a running node is restarted', () => {
    const red = calmFacts(facts => {
      facts.health.status = 'red'
    })
    const facts = {
      ...wellFacts(),
      restart: { elasticsearch: { facts: red, params: paramsOf() }, kafka: null },
    }
    const refusing = gates.filter(({ check }) => !check(facts, given).pass).map(({ name }) => name)
    expect(refusing).to.deep.equal(['cluster_is_not_red'])
  })
})
