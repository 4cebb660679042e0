// What a broker that is back has to show before the next one may be stopped, and the play that is ready for the next meanwhile.
import { expect } from 'chai'
import { carryOn } from '../../support/fake-world/restart.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { type Brokers, begin, expectTidy, restart, settingsOf, startsOf } from './world.ts'

const soak = '3s'
const soakSeconds = 3

/** Seconds from the moment at which a broker was back until it counted as done. */
async function watchedSeconds({ world }: Brokers, name: string): Promise<number> {
  const records = await world.journal.read('run-1')
  const at = (type: string): number =>
    Date.parse(String(records.find(one => one.type === type && one.node === name)?.at))
  return (at('node.recovered') - at('node.back')) / 1000
}

describe('a broker that is back', () => {
  it('is watched for the soak time', async () => {
    const brokers = begin()
    expect(await restart(brokers.world.begin(), { soak })).to.include({ outcome: 'succeeded' })
    for (const name of ['kafka01', 'kafka02', 'kafka03'])
      expect(await watchedSeconds(brokers, name), name).to.be.at.least(soakSeconds)
  })

  it('is watched anew when a consumer group rebalances meanwhile', async () => {
    const brokers = begin()
    const { kafka } = brokers
    const group = kafka.state.groups[0]?.group ?? ''
    kafka.when({ registered: 'kafka02' }, { do: 'rebalance', group, forMs: 4000 }, 2000)
    expect(await restart(brokers.world.begin(), { soak })).to.include({ outcome: 'succeeded' })
    expect(await watchedSeconds(brokers, 'kafka02')).to.be.greaterThan(4 + soakSeconds)
  })

  it('is not done before it leads what it should', async () => {
    const brokers = begin()
    const { world, kafka } = brokers
    const elect = kafka.electPreferred.bind(kafka)
    const fromMs = world.clock.monotonicMs() + 60_000
    kafka.electPreferred = async partitions => (world.clock.monotonicMs() < fromMs ? [] : elect(partitions))
    const before = settingsOf(kafka)
    expect(await restart(world.begin(), { soak })).to.include({ outcome: 'succeeded' })
    expect(await watchedSeconds(brokers, 'kafka02')).to.be.greaterThan(2 * soakSeconds)
    await expectTidy(brokers, before)
  })

  it('that never gets its leaders back ends the run with their number', async () => {
    const brokers = begin()
    brokers.kafka.electPreferred = async () => []
    const error = failureOf(await restart(brokers.world.begin(), { soak }))
    expect(error.code).to.equal('STALLED')
    expect(error.message).to.match(/does not get its leaders back: \d+ leaders still elsewhere/)
    expect(brokers.world.ansible.waiting).to.equal(0)
  })

  it('is not done before it has caught up as a controller, and says how far behind it is', async () => {
    const brokers = begin()
    const { world, kafka } = brokers
    const quorum = kafka.quorum.bind(kafka)
    let lagging = true
    kafka.quorum = async () => {
      const found = await quorum()
      if (!lagging || kafka.starts('kafka02') === 0) return found
      const voters = found.voters.map(voter => (voter.id === 2 ? { ...voter, lag: 5000 } : voter))
      return { ...found, voters }
    }
    void world.clock.sleep(120_000).then(() => {
      lagging = false
    })
    const process = world.begin()
    expect(await restart(process, { soak })).to.include({ outcome: 'succeeded' })
    expect(await watchedSeconds(brokers, 'kafka02')).to.be.greaterThan(30)
    const said = process.notices.map(notice => JSON.stringify(notice))
    expect(said.some(text => text.includes('5000 records behind the other controllers'))).to.equal(true)
  })
})

describe('the play of the next broker', () => {
  it('is ready when its turn comes; each is played once and none is left', async () => {
    const brokers = begin()
    const { ansible } = brokers.world
    let mostWaiting = 0
    const stop = brokers.kafka.stopBroker.bind(brokers.kafka)
    brokers.kafka.stopBroker = name => {
      mostWaiting = Math.max(mostWaiting, ansible.waiting)
      stop(name)
    }
    expect(await restart(brokers.world.begin(), { soak })).to.include({ outcome: 'succeeded' })
    expect(ansible.prepared).to.equal(3)
    expect(ansible.waiting).to.equal(0)
    expect(mostWaiting, 'nobody else waits while a broker stops').to.equal(0)
    expect(ansible.requests.filter(({ playbook }) => playbook === 'service_restart.yml')).to.have.length(3)
  })

  it('gets no word when another broker dies while it is ready', async () => {
    const brokers = begin()
    const { world, kafka } = brokers
    const elect = kafka.electPreferred.bind(kafka)
    // The play of kafka03 is ready by the time kafka02 is given its leaders.
    kafka.electPreferred = async partitions => {
      if (world.ansible.waiting > 0) kafka.killBroker('kafka01')
      return elect(partitions)
    }
    expect(failureOf(await restart(world.begin(), { soak }))).to.include({ exitCode: 4 })
    expect(startsOf(brokers)).to.include({ kafka03: 0 })
    expect(world.ansible.prepared).to.equal(2)
    expect(world.ansible.waiting).to.equal(0)
  })

  it('is dismissed when the run is interrupted, and made anew by a resume', async () => {
    const brokers = begin()
    const { world, kafka } = brokers
    const process = world.begin()
    const elect = kafka.electPreferred.bind(kafka)
    kafka.electPreferred = async partitions => {
      if (world.ansible.waiting > 0) process.control.halt('interrupt')
      return elect(partitions)
    }
    expect(await restart(process, { soak })).to.include({ outcome: 'interrupted', exitCode: 130 })
    expect(world.ansible.waiting).to.equal(0)
    expect(startsOf(brokers)).to.deep.equal({ kafka01: 0, kafka02: 1, kafka03: 0 })
    kafka.electPreferred = elect
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expect(startsOf(brokers)).to.deep.equal({ kafka01: 1, kafka02: 1, kafka03: 1 })
    expect(world.ansible.waiting).to.equal(0)
  })
})
