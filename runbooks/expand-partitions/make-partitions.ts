// Makes the partitions, once. What became of a request without an answer is found out from the metadata; it is never sent twice
// without that.
import { durationMs, type Observation, OpsError, type PartitionState, type Run, toOpsError } from '#sdk'
import type { ExpandParams } from './params.ts'
import type { ExpandDetails } from './plan.ts'

/** A request that is still on its way shows by then: the controllers drop what has waited for longer. */
const lateMs = 25_000
/** A broker hands a request on to the controllers, twice where they change: a refusal may speak of what the first try has made. */
const secondTryMs = 5000
const pollMs = 500

export async function ownPartitions({ kafka, id }: Run, topic: string): Promise<readonly PartitionState[]> {
  const own = (await kafka.partitions()).filter(one => one.topic === topic)
  if (own.length > 0) return own
  // Fail closed: metadata that is not whole must not look like a topic without partitions.
  throw new OpsError('CLUSTER_BUSY', {
    message: `the metadata names no partition of ${topic}`,
    hint: `if somebody has deleted the topic: ops abort ${id}, which starts consumers that stand still`,
  })
}

/** Brokers name other topics, and for this long not this one: it has been deleted. */
export async function isDeleted({ kafka, clock, signal }: Run, topic: string): Promise<boolean> {
  const untilMs = clock.monotonicMs() + lateMs
  for (;;) {
    const all = await kafka.partitions()
    if (all.some(one => one.topic === topic)) return false
    if (clock.monotonicMs() >= untilMs) return all.length > 0
    await clock.sleep(pollMs, signal)
  }
}

export const newPartitions = ({ from, to }: ExpandDetails): readonly number[] =>
  Array.from({ length: to - from }, (_, at) => from + at)

/** @param guard the last look, which throws where nothing may be asked for */
export async function makePartitions(
  run: Run,
  details: ExpandDetails,
  guard = () => checkBefore(run, details),
): Promise<void> {
  const { topic, from, to, assignments } = details
  let patienceMs = lateMs
  await run.step({
    key: 'partitions',
    title: `make ${to - from} partitions of ${topic}, from ${from} to ${to}`,
    before: from,
    observe: () => findOut(run, details, patienceMs),
    guard,
    apply: async () => {
      try {
        await run.kafka.createPartitions(topic, { total: to, assignments, validateOnly: false })
      } catch (thrown) {
        const { code } = toOpsError(thrown)
        if (code === 'CLUSTER_REJECTED') patienceMs = secondTryMs
        if (code === 'CLUSTER_FORBIDDEN') patienceMs = 0
        throw thrown
      }
      return to
    },
  })
}

/** On the way out nothing is asked for any more. What an earlier process has asked for may still come, and is waited for. */
export async function waitForRequest(run: Run, details: ExpandDetails): Promise<void> {
  class NothingAsked extends Error {}
  try {
    await makePartitions(run, details, async () => {
      throw new NothingAsked()
    })
  } catch (thrown) {
    if (!(thrown instanceof NothingAsked)) throw thrown
  }
}

async function findOut(
  run: Run,
  { topic, from, to }: ExpandDetails,
  patienceMs: number,
): Promise<Observation<number>> {
  const untilMs = run.clock.monotonicMs() + patienceMs
  for (;;) {
    const { length } = await ownPartitions(run, topic)
    if (length === to) return { state: 'done', result: to }
    if (length !== from || run.clock.monotonicMs() >= untilMs) return { state: 'not-done' }
    await run.clock.sleep(pollMs, run.signal)
  }
}

/** The last look: the topic is as planned, and nobody who could skip something reads it. */
async function checkBefore(run: Run, details: ExpandDetails): Promise<void> {
  const { topic, from, groups } = details
  const { length } = await ownPartitions(run, topic)
  const reading = (await run.kafka.groups()).filter(
    ({ group, members }) =>
      members.length > 0 && groups.some(one => one.group === group && one.guard === 'stop'),
  )
  const trouble = [
    ...(length === from ? [] : [`${topic} has ${length} partitions, not ${from}`]),
    ...reading.map(({ group, members }) => `${group} has ${members.length} members again`),
  ]
  if (trouble.length === 0) return
  throw new OpsError('STEP_FAILED', {
    message: `no partition was made: ${trouble.join('; ')}`,
    hint: `see to it, then: ops resume ${run.id}`,
  })
}

/** Offsets can be committed and records be read once each has a leader; its other copies follow. */
export function waitForLeaders(run: Run, details: ExpandDetails, { giveUp }: ExpandParams): Promise<void> {
  const numbers = newPartitions(details)
  return run.wait({
    subject: details.topic,
    title: 'elects leaders',
    everyMs: pollMs,
    stallMs: durationMs(giveUp),
    ceilingMs: durationMs(giveUp),
    poll: async () => {
      const led = (await ownPartitions(run, details.topic)).filter(
        ({ partition, leader }) => numbers.includes(partition) && leader !== null,
      )
      if (led.length === numbers.length) return { done: undefined }
      return { progress: led.length, text: `${led.length} of ${numbers.length} have one` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `new partitions of ${details.topic} get no leader: ${lastSeen}`,
        hint: `see the brokers, then: ops resume ${run.id}`,
      }),
  })
}
