// The small decisions: threads, guards, pipelines, spread, brokers and consumers of the inventory.
import { expect } from 'chai'
import { readBrokers, sayBroker } from '../../../../runbooks/expand-partitions/brokers.ts'
import { readFleets } from '../../../../runbooks/expand-partitions/consumers.ts'
import { chooseGuard } from '../../../../runbooks/expand-partitions/groups.ts'
import { explainOffsetUse } from '../../../../runbooks/expand-partitions/pipelines.ts'
import { isEven, measureSpread, saySpread } from '../../../../runbooks/expand-partitions/spread.ts'
import { chooseThreads, explainUneven, threadsNow } from '../../../../runbooks/expand-partitions/threads.ts'
import { readBrokers as readNamed } from '../../../../runbooks/reassign/brokers.ts'
import { OpsError } from '../../../../src/errors/index.ts'

const host = (name: string, groups: string[], vars = {}) => ({ name, groups, vars })
const fleet = {
  group: 'logstash',
  service: 'logstash',
  hosts: ['logstash01', 'logstash02'],
  threads: 8,
  reset: 'latest' as const,
  topics: ['raw-logs'],
}

describe('consumer threads', () => {
  it('are as many as the members show, and as the inventory has them where they do not', () => {
    expect(threadsNow(fleet, 16)).to.equal(8)
    expect(threadsNow(fleet, 12)).to.equal(6)
    expect(threadsNow(fleet, 15)).to.equal(8)
    expect(threadsNow(fleet, 0)).to.equal(8)
  })

  it('grow with the partitions, are never fewer than now, and none is left without one', () => {
    expect(chooseThreads(8, 2, 16, 32)).to.equal(16)
    expect(chooseThreads(4, 2, 16, 32)).to.equal(8)
    expect(chooseThreads(16, 2, 16, 32)).to.equal(16)
    expect(chooseThreads(8, 2, 16, 24)).to.equal(12)
    expect(chooseThreads(20, 2, 16, 32)).to.equal(20)
  })

  it('read alike only where they divide the partitions', () => {
    expect(explainUneven({ now: 8, after: 16, instances: 2 }, 32)).to.equal(null)
    expect(explainUneven({ now: 8, after: 8, instances: 2 }, 32)).to.equal(null)
    expect(explainUneven({ now: 8, after: 12, instances: 2 }, 32)).to.include('8 of them read one more')
    expect(explainUneven({ now: 8, after: 20, instances: 2 }, 32)).to.include(
      '8 of them have nothing to read',
    )
  })
})

describe('the guard of a group', () => {
  const reading = {
    group: 'logstash',
    state: 'Stable' as const,
    members: [{} as never],
    fleet,
    moving: true,
    uncommitted: [],
  }
  it('is a stop where it begins at the end and ops can stop it', () =>
    expect(chooseGuard(reading, undefined)).to.equal('stop'))
  it('is its own setting where it begins at the start, by the inventory or by what is said', () => {
    expect(chooseGuard({ ...reading, fleet: { ...fleet, reset: 'earliest' } }, undefined)).to.equal(
      'earliest',
    )
    expect(chooseGuard({ ...reading, fleet: null }, 'audit, logstash')).to.equal('earliest')
  })
  it('is a commit where it has no members', () =>
    expect(chooseGuard({ ...reading, fleet: null, members: [] }, undefined)).to.equal('commit'))
  it('is none where strangers read', () =>
    expect(chooseGuard({ ...reading, fleet: null }, 'other')).to.equal('none'))
})

describe('a pipeline that speaks of offsets', () => {
  const cases: readonly [string, RegExp | null][] = [
    ['document_id => "%{[@metadata][kafka][offset]}"', /same in every partition/],
    ['  version => "%{[@metadata][kafka][offset]}"', /goes back/],
    ['document_id => "%{[@metadata][kafka][partition]}-%{[@metadata][kafka][offset]}"', null],
    ['version => "%{[@metadata][kafka][partition]}%{[@metadata][kafka][offset]}"', /goes back/],
    ['add_field => { "o" => "%{[@metadata][kafka][offset]}" }', /without the partition/],
    ['# document_id => "%{[@metadata][kafka][offset]}"', null],
    ['document_id => "%{[@metadata][fingerprint]}"', null],
  ]
  for (const [line, why] of cases)
    it(`${why === null ? 'may say' : 'may not say'} ${line.trim()}`, () => {
      const found = explainOffsetUse(line)
      if (why === null) expect(found).to.equal(null)
      else expect(found).to.match(why)
    })
})

describe('the spread of records', () => {
  const ranges = (ends: number[]) =>
    ends.map((end, partition) => ({ topic: 'raw-logs', partition, start: 0, end }))
  it('is even within bounds, and says how far off it is', () => {
    const spread = measureSpread(ranges([100, 100, 0]), ranges([200, 190, 110]), [0, 1, 2])
    expect(spread.records).to.equal(300)
    expect(isEven(spread, 0.2)).to.equal(true)
    expect(saySpread(spread)).to.equal('300 records, -10 % to +10 % of an even share')
  })
  it('is not even where a partition gets nothing, or where nothing came', () => {
    const silent = measureSpread(ranges([0, 0]), ranges([100, 0]), [0, 1, 2])
    expect(silent.silent).to.deep.equal([1, 2])
    expect(isEven(silent, 5)).to.equal(false)
    expect(isEven(measureSpread(ranges([5]), ranges([5]), [0]), 1)).to.equal(false)
  })
})

describe('the inventory', () => {
  it('names brokers by the number at the end of the host or by kafka_node_id', () => {
    const brokers = readBrokers([
      host('kafka01', ['kafka']),
      host('kafka-b', ['kafka'], { kafka_node_id: '7' }),
      host('x', []),
    ])
    expect(brokers).to.deep.equal([
      { name: 'kafka01', id: 1 },
      { name: 'kafka-b', id: 7 },
    ])
    expect(sayBroker(7, brokers)).to.equal('kafka-b (7)')
    expect(sayBroker(9, brokers)).to.equal('broker 9')
  })

  for (const [what, read] of [
    ['the id of a broker', () => readBrokers([host('kafka03', ['kafka'], { kafka_node_id: '1O1' })])],
    [
      'the id of a broker to be moved',
      () => readNamed([host('kafka03', ['kafka'], { kafka_node_id: '1O1' })]),
    ],
    [
      'the threads of a consumer',
      () => readFleets([host('logstash01', ['logstash'], { logstash_consumer_threads: 'eight' })]),
    ],
  ] as const)
    it(`is not guessed at where ${what} cannot be read: the host and the variable are named`, () => {
      expect(read)
        .to.throw(OpsError, /(kafka03.*kafka_node_id|logstash01.*logstash_consumer_threads)/)
        .with.property('code', 'INVENTORY_INVALID')
    })

  it('gives consumers by group, with the platform as default, and one instance that begins at the end is enough', () => {
    const fleets = readFleets([
      host('logstash01', ['logstash'], {
        logstash_auto_offset_reset: 'earliest',
        logstash_topics: ['raw-logs'],
      }),
      host('logstash02', ['logstash']),
      host('audit01', ['logstash'], { logstash_group_id: 'audit', logstash_consumer_threads: '4' }),
    ])
    expect(
      fleets.map(({ group, hosts, threads, reset }) => ({ group, hosts, threads, reset })),
    ).to.deep.equal([
      { group: 'logstash', hosts: ['logstash01', 'logstash02'], threads: 8, reset: 'latest' },
      { group: 'audit', hosts: ['audit01'], threads: 4, reset: 'latest' },
    ])
  })
})
