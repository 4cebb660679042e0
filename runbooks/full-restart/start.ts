// The way up: what buffers first, then who elects, then who holds data, then, when everything is there, who writes.
import { durationMs, OpsError, type Run } from '#sdk'
import { readLags } from '../rolling-restart/consumer-lag.ts'
import type { Before } from './before.ts'
import { waitForCopies, waitForMaster, waitForNodes, waitForPrimaries } from './elasticsearch-up.ts'
import { giveLeadersBack, waitForBrokers } from './kafka-up.ts'
import type { FullParams } from './params.ts'
import { startPhases } from './phases.ts'
import { type FullDetails, startOrder } from './plan.ts'
import { startFleet } from './services.ts'
import { holdKey, isIngest } from './stop.ts'
import { type Again, orStuck } from './stuck.ts'
import { waitForVault } from './vault-up.ts'

/** `again` is the command that goes on from where this stops. */
export async function startEverything(
  run: Run,
  details: FullDetails,
  params: FullParams,
  again: Again,
): Promise<void> {
  await orStuck(run, details, again, async () => {
    let first: unknown = null
    for (const start of [startVault, startKafka, startElasticsearch])
      try {
        await start(run, details, params)
      } catch (thrown) {
        // What is taken back is brought up as far as it goes.
        if (again !== 'ops abort' || run.signal.aborted) throw thrown
        first ??= thrown
      }
    if (first !== null) throw first
  })
}

async function startVault(run: Run, { fleets }: FullDetails, { giveUp }: FullParams): Promise<void> {
  const fleet = fleets.find(({ name }) => name === 'vault')
  if (fleet === undefined || fleet.hosts.length === 0) return
  const phases = startPhases(run)
  await phases.take('start vault', () => startFleet(run, 'vault', fleet, giveUp))
  await phases.take('vault is unsealed', () => waitForVault(run, giveUp))
}

async function startKafka(run: Run, { fleets, kafka }: FullDetails, { giveUp }: FullParams): Promise<void> {
  const fleet = fleets.find(({ name }) => name === 'kafka')
  if (fleet === undefined || kafka === null) return
  const phases = startPhases(run)
  // All at once: brokers that are controllers as well wait for each other.
  await phases.take('start kafka', () => startFleet(run, 'kafka', fleet, giveUp))
  await phases.take('every partition of Kafka is in sync', () => waitForBrokers(run, kafka, giveUp))
  await giveLeadersBack(run)
}

async function startElasticsearch(run: Run, details: FullDetails, { giveUp }: FullParams): Promise<void> {
  const { elasticsearch } = details
  const { masters, others } = startOrder(details)
  if (elasticsearch === null) return
  const phases = startPhases(run)
  if (masters !== null) {
    await phases.take('start masters', () => startFleet(run, masters.key, masters, giveUp))
    await phases.take('a master is elected', () => waitForMaster(run, masters.hosts, others !== null, giveUp))
  }
  if (others !== null)
    await phases.take('start the other nodes', () => startFleet(run, others.key, others, giveUp))
  const names = [masters, others].flatMap(part => part?.hosts ?? [])
  await phases.take('every node is there', () => waitForNodes(run, names, giveUp))
  await phases.take('every primary is there', () => waitForPrimaries(run, giveUp))
  await run.giveBack(holdKey)
  await phases.take('every copy is there', () => waitForCopies(run, elasticsearch.unassigned, giveUp))
}

export async function startIngest(
  run: Run,
  details: FullDetails,
  { giveUp }: FullParams,
  again: Again,
): Promise<void> {
  const phases = startPhases(run)
  await orStuck(run, details, again, async () => {
    for (const fleet of details.fleets.filter(({ name }) => isIngest(name)))
      await phases.take(`start ${fleet.name}`, () => startFleet(run, fleet.name, fleet, giveUp))
  })
}

const lagEveryMs = 2000
/** What any group has that reads in batches. */
const toleratedRecords = 1000

/** Consumers catch up with what came meanwhile. Everything is up by now, so the run may end here. */
export async function waitForLag(
  run: Run,
  { fleets }: FullDetails,
  { giveUp }: FullParams,
  { lags }: Before,
): Promise<void> {
  if (Object.keys(lags).length === 0 || !fleets.some(({ name }) => name === 'logstash')) return
  let least = Number.POSITIVE_INFINITY
  await startPhases(run).take('consumers have caught up', () =>
    run.wait({
      subject: 'consumers',
      title: 'catch up',
      everyMs: lagEveryMs,
      stallMs: durationMs(giveUp),
      ceilingMs: Number.POSITIVE_INFINITY,
      interruptible: true,
      poll: async () => {
        const now = await readLags(run)
        const behind = now.filter(
          ({ group, records }) => group in lags && records > Math.max(toleratedRecords, lags[group] ?? 0),
        )
        if (behind.length === 0) return { done: null }
        least = Math.min(
          least,
          behind.reduce((sum, { records }) => sum + records, 0),
        )
        return {
          progress: least,
          text: behind.map(({ group, records }) => `${group} is ${records} records behind`).join(', '),
        }
      },
      orElse: lastSeen =>
        new OpsError('STALLED', {
          message: `everything is up, but ${lastSeen}, and that does not get less`,
          hint: 'ops run kafka-lag says why',
          exitCode: 1,
        }),
    }),
  )
}
