// What readings add up to, and what is made of them: the causes that the fake Kafka does not show, and the gates of the step.
import { expect } from 'chai'
import { causes, diagnose, type Patient } from '../../../../runbooks/kafka-lag/diagnosis.ts'
import type { LagFacts } from '../../../../runbooks/kafka-lag/facts.ts'
import { gates } from '../../../../runbooks/kafka-lag/gates/index.ts'
import { instanceOf } from '../../../../runbooks/kafka-lag/instances.ts'
import { type LagLook, measureGroups } from '../../../../runbooks/kafka-lag/measure.ts'
import { params as schema } from '../../../../runbooks/kafka-lag/params.ts'
import { sayRemedy } from '../../../../runbooks/kafka-lag/remedies.ts'
import { readOutputUse } from '../../../../runbooks/kafka-lag/stats.ts'

const topic = 'raw-logs'
const member = (id: string, partitions: number[], clientId = `logstash01-${id}`) => ({
  id,
  clientId,
  host: '/10.0.7.1',
  assigned: partitions.map(partition => ({ topic, partition })),
})
type Member = ReturnType<typeof member>

/** Ends and offsets of each partition at one moment; null where nothing was committed. */
const look = (
  atMs: number,
  members: Member[],
  rows: readonly (readonly [number, number | null])[],
): LagLook => ({
  atMs,
  groups: [{ group: 'logstash', state: members.length === 0 ? 'Empty' : 'Stable', members }],
  ranges: rows.map(([end], partition) => ({ topic, partition, start: 0, end })),
  committed: new Map([
    [
      'logstash',
      rows.flatMap(([, offset], partition) => (offset === null ? [] : [{ topic, partition, offset }])),
    ],
  ]),
})

const two = [member('a', [0]), member('b', [1])]

function patientOf(looks: readonly LagLook[], over: Partial<Patient> = {}): Patient {
  const [lag] = measureGroups(looks)
  if (lag === undefined) throw new Error('no group')
  return {
    lag,
    fleet: {
      group: 'logstash',
      service: 'logstash',
      hosts: ['logstash01'],
      threads: 2,
      reset: 'latest',
      topics: [topic],
    },
    instances: [{ name: 'logstash01', address: '10.0.7.1' }],
    stats: [],
    use: { busy: null, msPerEvent: null, retriesPerSecond: 0 },
    threads: 2,
    wantedThreads: undefined,
    rejectedPerSecond: null,
    alert: 100,
    ...over,
  }
}

const causeOf = (looks: readonly LagLook[], over: Partial<Patient> = {}) =>
  diagnose(patientOf(looks, over))?.cause ?? null

describe('readings of a group', () => {
  it('add up to lag, rates and who stands still', () => {
    const [found] = measureGroups([
      look(0, two, [
        [1000, 900],
        [1000, 500],
      ]),
      look(5000, two, [
        [1100, 1000],
        [1100, 500],
      ]),
      look(10_000, two, [
        [1200, 1100],
        [1200, 500],
      ]),
    ])
    expect(found).to.include({ lag: 800, lagBefore: 600, producedPerSecond: 40, consumedPerSecond: 20 })
    expect(found?.partitions.map(({ still }) => still)).to.deep.equal([false, true])
    expect(found?.partitions.map(one => one.member)).to.deep.equal(['a', 'b'])
  })

  it('count what was never committed from the start of the log', () => {
    const [found] = measureGroups([
      look(0, two, [
        [10, 10],
        [70, null],
      ]),
    ])
    expect(found).to.include({ lag: 70 })
  })

  it('are unsettled when members have other ids than before', () => {
    const looks = [look(0, two, [[1, 1]]), look(1000, [member('c', [0]), member('b', [1])], [[1, 1]])]
    expect(measureGroups(looks)[0]?.unsettled).to.equal(true)
  })
})

describe('the diagnosis', () => {
  it('has names that are sentences, each once', () => {
    for (const { name } of causes) expect(name).to.match(/^[a-z]+(_[a-z]+){1,}$/)
    expect(new Set(causes.map(({ name }) => name)).size).to.equal(causes.length)
  })

  it('finds a partition that nobody reads', () => {
    const one = [member('a', [0])]
    expect(
      causeOf([
        look(0, one, [
          [5, 5],
          [500, 0],
        ]),
        look(9000, one, [
          [9, 9],
          [600, 0],
        ]),
      ]),
    ).to.equal('a_partition_has_no_reader')
  })

  it('finds that nobody commits anything, and no member is to blame', () => {
    const looks = [0, 5000, 10_000].map(at =>
      look(at, two, [
        [900 + at, 10],
        [900 + at, 10],
      ]),
    )
    expect(causeOf(looks)).to.equal('everybody_stands_still')
  })

  it('finds nothing where a group is level', () => {
    expect(
      causeOf([
        look(0, two, [
          [10, 10],
          [10, 10],
        ]),
        look(9000, two, [
          [50, 50],
          [50, 50],
        ]),
      ]),
    ).to.equal(null)
  })

  it('says of a lag that neither grows nor shrinks just that', () => {
    const looks = [
      look(0, two, [
        [900, 500],
        [900, 500],
      ]),
      look(10_000, two, [
        [1900, 1500],
        [1900, 1500],
      ]),
    ]
    expect(causeOf(looks)).to.equal('the_lag_stays')
  })

  it('knows nothing to restart where no inventory has the consumers', () => {
    const looks = [0, 5000, 10_000].map(at =>
      look(at, two, [
        [900 + at, 10],
        [900 + at, 900 + at],
      ]),
    )
    const found = diagnose(patientOf(looks, { fleet: null, instances: [] }))
    expect(found?.cause).to.equal('a_member_stands_still')
    expect(found?.remedy.kind).to.equal('none')
  })

  it('names an instance by client id, by address, or not at all', () => {
    const instances = [{ name: 'logstash01', address: '10.0.7.1' }]
    expect(instanceOf({ clientId: 'logstash01-3', host: '/1.2.3.4' }, instances)).to.equal('logstash01')
    expect(instanceOf({ clientId: 'logstash-0', host: '/10.0.7.1' }, instances)).to.equal('logstash01')
    expect(instanceOf({ clientId: 'logstash-0', host: '/10.0.7.9' }, instances)).to.equal(null)
  })

  it('takes the share of the time that goes into outputs from two readings', () => {
    const stats = (events_out: number, output_ms: number) => ({
      events_in: 0,
      events_out,
      output_ms,
      retries: 0,
      problem: null,
    })
    const use = readOutputUse(
      [
        {
          host: 'logstash01',
          running: true,
          first: stats(0, 0),
          last: stats(100, 16_000),
          seconds: 10,
          readMs: 0,
        },
      ],
      2,
    )
    expect(use).to.deep.equal({ busy: 0.8, msPerEvent: 160, retriesPerSecond: 0 })
    expect(readOutputUse([], 2).busy).to.equal(null)
  })
})

describe('the instance of a member', () => {
  const instances = ['logstash1', 'logstash10'].map(name => ({ name, address: null }))

  it('is the one that is named whole, not one whose name is the beginning of it', () => {
    expect(instanceOf({ clientId: 'logstash10-3', host: '' }, instances)).to.equal('logstash10')
    expect(instanceOf({ clientId: 'raw-logstash1', host: '' }, instances)).to.equal('logstash1')
    expect(instanceOf({ clientId: 'logstash100-3', host: '' }, instances)).to.equal(null)
  })
})

describe('a record that hangs', () => {
  it('is told by whole commands, also where nothing was ever committed', () => {
    const one = [member('a', [0, 1])]
    const looks = [0, 5000, 10_000].map(at =>
      look(at, one, [
        [900, null],
        [900 + at, 900 + at],
      ]),
    )
    const found = diagnose(patientOf(looks))
    const said = found === null ? '' : sayRemedy(found.remedy)
    expect(found?.cause).to.equal('a_partition_hangs_at_one_record')
    expect(said).to.include('--topic raw-logs --partition 0 --offset earliest --max-messages 1')
    expect(said).to.not.match(/null|undefined/)
  })
})

describe('the gates of kafka-lag', () => {
  const stuck = [0, 5000, 10_000].map(at =>
    look(at, two, [
      [900 + at, 10],
      [900 + at, 900 + at],
    ]),
  )
  const factsOf = (over: Partial<LagFacts> = {}, patient = patientOf(stuck)): LagFacts => ({
    clusterId: { wanted: 'A', found: 'A' },
    identity: { clusterId: 'A', brokers: [{ id: 1, host: 'kafka01', port: 9092, rack: null }] },
    partitions: [{ topic, partition: 0, leader: 1, replicas: [1], isr: [1], offline: [], internal: false }],
    groups: [{ lag: patient.lag, fleet: patient.fleet, finding: diagnose(patient) }],
    windowMs: 10_000,
    ...over,
  })
  const params = (over = {}) => schema.parse(over)
  /** One member stands still; the other has records in a partition in which nothing was ever committed. */
  const unread = [0, 5000, 10_000].map(at =>
    look(at, two, [
      [900 + at, 10],
      [at / 100, null],
    ]),
  )

  const cases: readonly [string, 'pass' | 'refuse', LagFacts, object?][] = [
    ['cluster_is_the_one_in_the_inventory', 'pass', factsOf()],
    ['cluster_is_the_one_in_the_inventory', 'refuse', factsOf({ clusterId: { wanted: 'A', found: 'B' } })],
    ['metadata_is_whole', 'pass', factsOf()],
    ['metadata_is_whole', 'refuse', factsOf({ partitions: [] })],
    ['metadata_is_whole', 'refuse', factsOf({ groups: [] }), { group: 'logstsah' }],
    ['every_partition_has_a_leader', 'pass', factsOf()],
    [
      'every_partition_has_a_leader',
      'refuse',
      factsOf({
        partitions: [
          { topic, partition: 0, leader: null, replicas: [1], isr: [], offline: [1], internal: false },
        ],
      }),
    ],
    ['no_restart_skips_records', 'pass', factsOf(), { fix: true }],
    ['no_restart_skips_records', 'refuse', factsOf({}, patientOf(unread, { alert: 0 })), { fix: true }],
    ['somebody_else_agrees_to_the_step', 'pass', factsOf()],
    ['somebody_else_agrees_to_the_step', 'refuse', factsOf(), { fix: true }],
  ]
  for (const [name, says, facts, over] of cases)
    it(`${name} ${says === 'pass' ? 'passes' : 'refuses'}${over === undefined ? '' : ` with ${JSON.stringify(over)}`}`, () => {
      const found = gates.find(gate => gate.name === name)?.check(facts, params(over))
      expect(found?.evidence).to.match(/^.+$/)
      expect(found?.pass).to.equal(says === 'pass')
    })

  it('have a case that passes and one that refuses, each', () => {
    for (const { name } of gates)
      for (const says of ['pass', 'refuse'])
        expect(
          cases.some(one => one[0] === name && one[1] === says),
          name,
        ).to.equal(true)
  })

  it('name the step', () => {
    const found = diagnose(patientOf(stuck))
    expect(found === null ? '' : sayRemedy(found.remedy)).to.equal(
      'restart the consumers on logstash01, one at a time',
    )
  })
})
