// The loss guard: a group that begins at the end of a partition it has no offset for stands still from before the partitions are
// made until offset 0 is committed in each. It must never be started in between.
import { OpsError, type Run, toOpsError } from '#sdk'
import { runningHosts, setThreads, startHosts, stopHosts } from './fleet.ts'
import { startInstances } from './instances.ts'
import { newPartitions } from './make-partitions.ts'
import { changesThreads, type ExpandDetails, type PlannedFleet, type PlannedGroup } from './plan.ts'
import { readMembers } from './wait-for-group.ts'

type StoppedGroup = PlannedGroup & { readonly fleet: PlannedFleet }

/** Longer than the session of a member that has died: until then the group counts it. */
const emptyStallMs = 120_000
const pollMs = 250

export const stoppedFleets = ({ groups }: ExpandDetails): readonly StoppedGroup[] =>
  groups.filter((one): one is StoppedGroup => one.guard === 'stop' && one.fleet !== null)

/** Hosts on which the consumers ran before anything was done to them. */
const hostsThatRan = (run: Run, { group, fleet }: StoppedGroup): Promise<readonly string[]> =>
  run.note(`${group}.ran`, () => runningHosts(run, fleet))

/** Has every group that must not begin at the end an offset in every partition? */
export async function isClosed(run: Run, details: ExpandDetails): Promise<boolean> {
  for (const stopped of stoppedFleets(details))
    if ((await missingOffsets(run, details, stopped)).length > 0) return false
  return true
}

/** New partitions; where consumers start again also old ones that were empty so far: there too they would begin at the end. */
async function missingOffsets(
  run: Run,
  details: ExpandDetails,
  { group, guard }: PlannedGroup,
): Promise<readonly number[]> {
  const known = new Set(
    (await run.kafka.committed(group))
      .filter(({ topic, offset }) => topic === details.topic && offset !== null)
      .map(({ partition }) => partition),
  )
  const first = guard === 'stop' ? 0 : details.from
  return Array.from({ length: details.to - first }, (_, at) => first + at).filter(one => !known.has(one))
}

export async function standStill(run: Run, details: ExpandDetails): Promise<void> {
  for (const stopped of stoppedFleets(details)) {
    const { group, fleet } = stopped
    const ran = await hostsThatRan(run, stopped)
    await noteStand(run, group)
    await run.step({
      // Every process makes sure by itself: an earlier one may have started them again when it failed.
      key: `${group}.stop.${run.fencing}`,
      title: `stop ${fleet.service} on ${ran.join(' and ')}`,
      observe: async () =>
        (await runningHosts(run, fleet)).length === 0
          ? { state: 'done', result: null }
          : { state: 'not-done' },
      apply: async () => {
        const ended = new AbortController()
        const left = watchLeaving(run, group, ended.signal)
        try {
          await stopHosts(run, fleet, ran)
        } finally {
          ended.abort()
        }
        const atMs = await left
        if (atMs !== null) await run.note(`${group}.left.${run.fencing}`, async () => atMs)
        return null
      },
      retries: 1,
    })
  }
  for (const { group } of stoppedFleets(details)) await waitUntilEmpty(run, group)
}

/** Not later than when the group begins to stand still: the first time, or this time where it had read again. */
async function noteStand(run: Run, group: string): Promise<void> {
  const first = await run.note(`${group}.stands`, async () => run.clock.now().getTime())
  const reads = (await readMembers(run, group)).length > 0
  await run.note(`${group}.stands.${run.fencing}`, async () => (reads ? run.clock.now().getTime() : first))
}

/** When the first member has left; `null` where none was seen to. A playbook takes seconds before and after it. */
async function watchLeaving(run: Run, group: string, until: AbortSignal): Promise<number | null> {
  try {
    const { length: before } = await readMembers(run, group)
    while (!until.aborted) {
      if ((await readMembers(run, group)).length < before) return run.clock.now().getTime()
      await run.clock.sleep(pollMs, until)
    }
  } catch {
    // A measurement only: what is asked of the group itself comes after it.
  }
  return null
}

/** As exact as it was seen; a process that carries on knows only when an earlier one was about to stop it. */
export const standsSince = (run: Run, group: string): Promise<number> =>
  run.note(`${group}.left.${run.fencing}`, () =>
    run.note(`${group}.stands.${run.fencing}`, () =>
      run.note(`${group}.stands`, async () => run.clock.now().getTime()),
    ),
  )

export function waitUntilEmpty(run: Run, group: string): Promise<void> {
  return run.wait({
    subject: group,
    title: 'empties',
    everyMs: pollMs,
    stallMs: emptyStallMs,
    ceilingMs: 2 * emptyStallMs,
    poll: async () => {
      const members = await readMembers(run, group)
      if (members.length === 0) return { done: undefined }
      const who = [...new Set(members.map(({ clientId, host }) => `${clientId} on ${host}`))].sort()
      return { progress: members.length, text: `${members.length} members: ${who.slice(0, 3).join(', ')}` }
    },
    orElse: lastSeen =>
      new OpsError('STEP_FAILED', {
        message: `${group} does not become empty although its consumers are stopped: ${lastSeen}`,
        hint: 'somebody else reads in this group: put it into the inventory or stop it',
      }),
  })
}

/** Before any partition is made: the consumers get their threads back and start again. */
export async function handBack(run: Run, details: ExpandDetails, reason: unknown): Promise<void> {
  try {
    // Where the threads cannot be put back the consumers start all the same.
    const threads = await putThreadsBack(run, details).then(() => null, toOpsError)
    for (const stopped of stoppedFleets(details))
      await startHosts(run, stopped.fleet, await hostsThatRan(run, stopped))
    if (threads !== null) throw threads
  } catch (thrown) {
    const hosts = stoppedFleets(details).flatMap(({ fleet }) => fleet.hosts)
    throw new OpsError('STALLED', {
      message: `consumers may stand still on ${hosts.join(' and ')}: ${toOpsError(thrown).message}; nothing was made, because ${toOpsError(reason).message}`,
      hint: `ops abort ${run.id} starts them again`,
      cause: thrown,
    })
  }
}

async function putThreadsBack(run: Run, { groups }: ExpandDetails): Promise<void> {
  for (const { fleet } of groups)
    if (fleet !== null && changesThreads(fleet)) await setThreads(run, fleet, fleet.threadsNow)
}

/** What is left of the guard of a group: for the proof. */
export interface Guarded {
  /** Its offsets stand where they should. */
  readonly committed: boolean
  /** By new partition: where it was already, past the start, without an offset of ours. */
  readonly before: Readonly<Record<string, number>>
}

/** Offset 0, or where the log begins by now, for every group in every new partition. */
export async function commitStarts(run: Run, details: ExpandDetails): Promise<ReadonlyMap<string, Guarded>> {
  const guarded = new Map<string, Guarded>()
  for (const one of details.groups) {
    const { group, guard } = one
    if (guard !== 'stop' && guard !== 'commit') continue
    try {
      const before = await commitStart(run, details, one, `${group}.offsets`)
      // Whoever stands still again must find every offset there, also where they were committed once before.
      if ((await missingOffsets(run, details, one)).length > 0)
        await commitStart(run, details, one, `${group}.offsets.${run.fencing}`)
      guarded.set(group, { committed: true, before })
    } catch (thrown) {
      // A group that had no members and has some by now reads by its own setting; the proof says how that went.
      if (guard === 'stop' || run.signal.aborted) throw thrown
      const { message } = toOpsError(thrown)
      await run.mark(`${group}.unguarded`, 'remark', {
        text: `no offset could be committed for ${group}: ${message}`,
      })
      guarded.set(group, { committed: false, before: {} })
    }
  }
  return guarded
}

/** Where somebody has read before its offset was committed, it may have begun at the end. */
async function readBeyondStart(
  { kafka }: Run,
  { topic, from }: ExpandDetails,
  group: string,
): Promise<Readonly<Record<string, number>>> {
  const offsets = await kafka.committed(group)
  const starts = new Map((await kafka.ranges([topic])).map(({ partition, start }) => [partition, start]))
  return Object.fromEntries(
    offsets.flatMap(({ topic: of, partition, offset }) =>
      of === topic && partition >= from && offset !== null && offset > (starts.get(partition) ?? 0)
        ? [[String(partition), offset]]
        : [],
    ),
  )
}

function commitStart(
  run: Run,
  details: ExpandDetails,
  planned: PlannedGroup,
  key: string,
): Promise<Guarded['before']> {
  const { topic } = details
  const { group } = planned
  const numbers = newPartitions(details)
  return run.step({
    key,
    title: `commit offset 0 for ${group} in ${numbers.length} partitions`,
    observe: async () =>
      (await missingOffsets(run, details, planned)).length === 0
        ? { state: 'done', result: await readBeyondStart(run, details, group) }
        : { state: 'not-done' },
    apply: async () => {
      const before = await readBeyondStart(run, details, group)
      const missing = await missingOffsets(run, details, planned)
      const ranges = (await run.kafka.ranges([topic])).filter(({ partition }) => missing.includes(partition))
      if (ranges.length < missing.length)
        throw new OpsError('CLUSTER_BUSY', {
          message: `the brokers do not know all new partitions of ${topic} yet`,
        })
      await run.kafka.commitOffsets(
        group,
        ranges.map(({ partition, start }) => ({ topic, partition, offset: start })),
      )
      const unread = await missingOffsets(run, details, planned)
      if (unread.length > 0)
        throw new OpsError('CLUSTER_BUSY', {
          message: `offsets of ${group} in ${unread.length} partitions of ${topic} cannot be read back yet`,
        })
      return before
    },
    retries: 5,
  })
}

export async function startAgain(run: Run, details: ExpandDetails): Promise<void> {
  for (const stopped of stoppedFleets(details)) {
    const { group, fleet } = stopped
    const ran = await hostsThatRan(run, stopped)
    if (ran.length === 0) continue
    // Of every process its own: one that has stopped them again has to start them again.
    await startInstances(run, `${group}.start.${run.fencing}`, fleet, ran)
  }
}
