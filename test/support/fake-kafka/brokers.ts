// Stopping, dying, starting and registering of brokers, and who leads the controllers. Says in the tally what must never
// happen.
import { dropBroker, joinCopies, minInsyncOf } from './replicas.ts'
import type { FakeBroker, FakeState } from './state.ts'
import { eachPartition } from './topics.ts'

export function brokerNamed(state: FakeState, name: string): FakeBroker {
  const broker = state.brokers.find(one => one.name === name)
  if (broker === undefined) throw new Error(`the fake Kafka has no broker ${name}`)
  return broker
}

/** A controlled shutdown: leaders move away first. Stopping a broker that is down does nothing, as systemd would. */
export function stopBroker(state: FakeState, name: string): void {
  const broker = brokerNamed(state, name)
  if (!broker.running) return
  state.tally.history.push(`stop ${name}`)
  end(state, broker, broker.readyAtMs === null)
  leave(state, broker)
  raise(state, 'stopped', name)
}

/** kill -9, a dead machine: the cluster notices when its session has run out. */
export function killBroker(state: FakeState, name: string): void {
  const broker = brokerNamed(state, name)
  if (!broker.running) return
  state.tally.history.push(`kill ${name}`)
  end(state, broker, false)
  if (broker.registered) broker.fencedAtMs = state.atMs + state.sessionMs
  raise(state, 'stopped', name)
}

function end(state: FakeState, broker: FakeBroker, cleanly: boolean): void {
  if (broker.registered) noteViolations(state, broker)
  Object.assign(broker, {
    running: false,
    readyAtMs: null,
    stoppedCleanly: cleanly,
    caughtUpAtMs: state.atMs,
  })
  const down = state.brokers.filter(({ running, registered }) => !running || !registered).length
  state.tally.mostDownAtOnce = Math.max(state.tally.mostDownAtOnce, down)
  if (state.controller === broker.id) state.controller = null
  considerElection(state)
}

/** The cluster counts it out. */
export function leave(state: FakeState, broker: FakeBroker): void {
  Object.assign(broker, { registered: false, fencedAtMs: null })
  dropBroker(state, broker.id)
}

/** @throws Error when the broker is made to refuse */
export function startBroker(state: FakeState, name: string): void {
  const broker = brokerNamed(state, name)
  if (broker.running) return
  if (broker.trouble === 'refuses') throw new Error(`${name}: the service did not start`)
  if (broker.registered) leave(state, broker)
  state.tally.history.push(`start ${name}`)
  const bootMs = state.bootMs + (broker.stoppedCleanly ? 0 : state.recoverMs)
  broker.running = true
  broker.starts += 1
  broker.startedAtMs = state.atMs
  broker.readyAtMs = broker.trouble === 'never-joins' ? null : state.atMs + bootMs
  if (broker.trouble === 'dies') broker.readyAtMs = state.atMs + Math.ceil(bootMs / 2)
  raise(state, 'started', name)
}

/** Its logs are recovered and its time has come. */
export function register(state: FakeState, broker: FakeBroker): void {
  broker.readyAtMs = null
  if (broker.trouble === 'dies') {
    broker.running = false
    broker.stoppedCleanly = false
    state.tally.history.push(`died ${broker.name}`)
    return
  }
  const lostAll = broker.trouble === 'empty-disk'
  broker.trouble = null
  broker.registered = true
  state.tally.history.push(`registered ${broker.name}`)
  considerElection(state)
  joinCopies(state, broker.id, lostAll)
  raise(state, 'registered', broker.name)
}

function noteViolations(state: FakeState, broker: FakeBroker): void {
  const { id, name } = broker
  const { violations } = state.tally
  const blocked: string[] = []
  eachPartition(state, ({ isr, number }, topic) => {
    if (!isr.includes(id)) return
    const others = isr.filter(one => one !== id && isUp(state, one)).length
    if (others === 0) violations.push(`${name} held the only in-sync copy of ${topic.name}-${number}`)
    else if (others < minInsyncOf(state, topic)) blocked.push(`${topic.name}-${number}`)
  })
  if (blocked.length > 0 && !state.world.mayRefuseWrites)
    violations.push(`without ${name} writes are refused: ${blocked.join(' ')}`)
  if (isController(broker) && voters(state).length - 1 < quorumOf(state))
    violations.push(`without ${name} the controllers have no quorum`)
}

const isUp = ({ brokers }: FakeState, id: number): boolean =>
  brokers.some(one => one.id === id && one.running && one.registered)

/** One that is a broker and nothing else has no vote. */
export const isController = (broker: FakeBroker): boolean =>
  broker.static['process.roles']?.includes('controller') ?? false
export const quorumOf = ({ brokers }: FakeState): number =>
  Math.floor(brokers.filter(isController).length / 2) + 1
const voters = ({ brokers }: FakeState): FakeBroker[] =>
  brokers.filter(broker => broker.running && broker.registered && isController(broker))

/** An election takes a while; without a quorum there is none. */
function considerElection(state: FakeState): void {
  if (voters(state).length < quorumOf(state)) Object.assign(state, { controller: null, electionEndsMs: null })
  else if (state.controller === null) state.electionEndsMs ??= state.atMs + state.electionMs
}

export function electController(state: FakeState): void {
  state.electionEndsMs = null
  const found = voters(state)
  if (found.length < quorumOf(state)) return
  state.controller = found[0]?.id ?? null
  state.epoch += 1
}

/** Things that were to happen at this moment get their time. */
function raise(state: FakeState, what: 'stopped' | 'started' | 'registered', name: string): void {
  for (const happening of state.happenings) {
    const { when } = happening
    if (what in when && (when as Record<string, string>)[what] === name)
      happening.when = { atMs: state.atMs + happening.afterMs }
  }
}
