// A broker is lost without a word and comes back with its disk. Reads like the procedure; the parts are below.
import { durationMs, type LogRange, OpsError, type Run } from '#sdk'
import type { InventoryBroker } from '../../rolling-restart/kafka/brokers.ts'
import { sayPartitions } from '../../rolling-restart/kafka/copies.ts'
import { type BackBroker, givePreferredLeaders, waitForCopies } from '../../rolling-restart/kafka/settle.ts'
import { watchKafka } from '../../rolling-restart/kafka/watch.ts'
import { params as restartSchema } from '../../rolling-restart/params.ts'
import { explainKafkaUnsteady, readKafkaSteady } from '../kafka-steady.ts'
import { killServices, stateOf } from '../lose.ts'
import { begin, type Found, noteTime, readPatiently, startPhases } from '../method.ts'
import { startNodes } from '../nodes.ts'
import type { DrillParams } from '../params.ts'
import type { BrokersDetails } from '../plan.ts'
import { playOn } from '../play.ts'
import { tellBrokerWhole } from '../tell-whole.ts'
import type { Scenario } from './scenario.ts'

export const kafkaBroker: Scenario<BrokersDetails> = {
  method: loseAndWait,
  restore: bringBack,
  settle: async (run, { brokers, victim }, { stall }) => {
    await waitUntilSteady(run, brokers, stall)
    if (victim !== null) await tellBrokerWhole(run, victim)
    return `${brokers.length} brokers, every copy in sync`
  },
}

/**
 * 1. Remember where every log ends, prove that every broker takes records.
 * 2. Kill the broker; wait until every partition is led by another one; prove that the others take records.
 * 3. Start it, wait until every copy is in sync and its leaders are back.
 * 4. Compare: no log may end before where it ended.
 */
async function loseAndWait(
  asked: Run,
  { brokers, victim }: BrokersDetails,
  params: DrillParams,
): Promise<Found> {
  if (victim === null) throw new OpsError('BUG', { message: 'the plan names no broker to lose' })
  const stallMs = durationMs(params.stall)
  const others = brokers.filter(({ id }) => id !== victim.id)
  const before = await asked.note('logs.before', () => readEnds(asked, stallMs))
  const run = await begin(asked)
  const phases = startPhases(run)
  await proveWrites(run, 'before', brokers, stallMs)
  await noteTime(run, 'declared')
  await phases.take('kill', () =>
    killServices(run, { key: victim.name, hosts: [victim.name], service: 'kafka' }),
  )
  await phases.take('every partition is led again', () => waitUntilLed(run, victim, stallMs))
  await phases.take('the others take records', () => proveWrites(run, 'away', others, stallMs))
  await phases.take('start and register', async () => {
    await startNodes(run, victim.name, [victim.name], 'kafka')
    return waitUntilThere(run, victim, stallMs)
  })
  await phases.take('every copy is in sync', async () => {
    await waitForCopies(restartOf(run, victim, params))
    return null
  })
  await givePreferredLeaders(restartOf(run, victim, params))
  await proveWrites(run, 'after', brokers, stallMs)
  const troubles = explainShorter(before, await readEnds(run, stallMs))
  const verifiedAtMs = await noteTime(run, 'verified')
  return {
    verifiedAtMs,
    rpoSeconds: troubles.length === 0 ? 0 : null,
    phases: phases.all,
    proven: [
      `records with acks=all were taken before by ${brokers.length}, meanwhile by ${others.length}, afterwards by ${brokers.length} brokers`,
      ...(troubles.length === 0 ? [`${before.length} logs end where they ended, or later`] : []),
    ],
    troubles,
  }
}

async function bringBack(run: Run, { victim }: BrokersDetails, params: DrillParams): Promise<void> {
  if (victim === null) return
  const stallMs = durationMs(params.stall)
  const seen = await playOn(run, victim.name, {
    playbook: 'service_status.yml',
    hosts: [victim.name],
    vars: { ops_service: 'kafka' },
  })
  if (stateOf(seen[victim.name]) !== 'running') await startNodes(run, 'back', [victim.name], 'kafka')
  await waitUntilThere(run, victim, stallMs)
  await waitForCopies(restartOf(run, victim, params))
  await givePreferredLeaders(restartOf(run, victim, params))
  await readPatiently(run, 'deletes its records', stallMs, () => run.kafka.removeCanary())
}

/** What the restart of a broker waits for is what a lost one has to come to as well. */
const restartOf = (run: Run, broker: InventoryBroker, { stall }: DrillParams): BackBroker => ({
  run,
  broker,
  watch: watchKafka(run),
  params: restartSchema.parse({ service: 'kafka', stall }),
})

/** One record to each of these brokers, read back. A leader that is still on its way is waited for. */
async function proveWrites(
  run: Run,
  round: string,
  brokers: readonly InventoryBroker[],
  stallMs: number,
): Promise<null> {
  return run.step({
    key: `canary.${round}`,
    title: `write to ${brokers.map(({ name }) => name).join(', ')} and read it back`,
    observe: async () => ({ state: 'not-done' }),
    apply: () =>
      readPatiently(run, 'takes records', stallMs, async () => {
        await run.kafka.canary(
          `${run.id}-${round}`,
          brokers.map(({ id }) => id),
        )
        return null
      }),
    retries: 1,
  })
}

function waitUntilLed(run: Run, victim: InventoryBroker, stallMs: number): Promise<null> {
  return waitForKafka(run, 'leaders move', stallMs, async () => {
    const partitions = await run.kafka.partitions()
    const waiting = partitions.filter(({ leader }) => leader === null || leader === victim.id)
    if (partitions.length === 0) return 'no broker tells of any partition'
    return waiting.length === 0 ? null : `still without another leader: ${sayPartitions(waiting)}`
  })
}

const waitUntilThere = (run: Run, { id, name }: InventoryBroker, stallMs: number): Promise<null> =>
  waitForKafka(run, `${name} registers`, stallMs, async () => {
    const { brokers } = await run.kafka.identity()
    if (!brokers.some(one => one.id === id)) return `${name} is not registered`
    await run.mark(`${name}.back`, 'node.back', { node: name, id })
    return null
  })

const waitUntilSteady = (run: Run, brokers: readonly InventoryBroker[], stall: string): Promise<null> =>
  waitForKafka(run, 'comes to rest', durationMs(stall), async () => {
    const unsteady = explainKafkaUnsteady(
      await readKafkaSteady(run),
      brokers.map(({ id }) => id),
    )
    return unsteady.length === 0 ? null : unsteady.join('; ')
  })

/** `look` says what is still missing, `null` when nothing is. */
function waitForKafka(
  run: Run,
  title: string,
  stallMs: number,
  look: () => Promise<string | null>,
): Promise<null> {
  return run.wait({
    subject: 'kafka',
    title,
    everyMs: 500,
    stallMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const missing = await look()
      return missing === null ? { done: null } : { progress: missing, text: missing }
    },
    orElse: lastSeen => new OpsError('STALLED', { message: `${title}: ${lastSeen}`, exitCode: 1 }),
  })
}

type End = { readonly topic: string; readonly partition: number; readonly end: number }

async function readEnds(run: Run, stallMs: number): Promise<readonly End[]> {
  return readPatiently(run, 'reads the ends of the logs', stallMs, async () => {
    const topics = [...new Set((await run.kafka.partitions()).map(({ topic }) => topic))]
    return (await run.kafka.ranges(topics.filter(topic => topic !== canaryTopic))).map(endOf)
  })
}

const canaryTopic = 'ops-canary'
const endOf = ({ topic, partition, end }: LogRange): End => ({ topic, partition, end })

/** Everything before the end was acknowledged and on every in-sync copy. */
export function explainShorter(before: readonly End[], after: readonly End[]): readonly string[] {
  const now = new Map(after.map(one => [`${one.topic}-${one.partition}`, one.end]))
  return before.flatMap(({ topic, partition, end }) => {
    const found = now.get(`${topic}-${partition}`)
    if (found === undefined) return [`${topic}-${partition} is gone`]
    return found >= end
      ? []
      : [`${topic}-${partition} ends at ${found} and ended at ${end}: ${end - found} records are gone`]
  })
}
