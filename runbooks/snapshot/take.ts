// Begins the snapshot and waits for its end. A request that was not answered is looked up by name and run: the name makes sure that
// there are never two of it.
import { durationMs, OpsError, type Run, type SnapshotInfo, sayBytes } from '#sdk'
import { findPlanned } from './measure.ts'
import type { SnapshotParams } from './params.ts'
import type { SnapshotDetails } from './plan.ts'

const pollMs = 2000
const ceilingMs = 24 * 3_600_000
/** A master that is busy carries out later what it has not answered. */
const lookUps = 5

export async function beginSnapshot(
  run: Run,
  details: SnapshotDetails,
  { reason, globalState }: SnapshotParams,
): Promise<void> {
  const { repository, snapshot: name, indicesHash } = details
  await run.step({
    key: `create.${name}`,
    title: `take ${repository.name}/${name}`,
    observe: async () => {
      const found = await lookUp(run, details)
      return found === null ? { state: 'not-done' } : { state: 'done', result: found.uuid }
    },
    apply: async () => {
      const indices = (await findPlanned(run, details)).map(one => one.name).sort()
      if (indices.length === 0) throw nothingLeft(run)
      await run.snapshots.create({
        ...{ repository: repository.name, name, indices, globalState },
        metadata: { taken_by: 'ops', run: run.id, reason, expected_indices_hash: indicesHash },
      })
      return (await findOwn(run, details))?.uuid ?? null
    },
    // Once more does no harm: the name is taken by then if the first one came through.
    retries: 1,
  })
}

async function lookUp(run: Run, details: SnapshotDetails): Promise<SnapshotInfo | null> {
  for (let look = 1; ; look++) {
    const found = await findOwn(run, details)
    if (found !== null || look === lookUps) return found
    await run.clock.sleep(pollMs, run.signal)
  }
}

async function findOwn(
  { snapshots, id }: Run,
  { repository, snapshot }: SnapshotDetails,
): Promise<SnapshotInfo | null> {
  const found = (await snapshots.list(repository.name)).find(({ name }) => name === snapshot)
  return found?.metadata.run === id ? found : null
}

/** What it has come to; `null` when the run is to end before that. */
export function waitForSnapshot(
  run: Run,
  details: SnapshotDetails,
  { stall }: SnapshotParams,
): Promise<SnapshotInfo | null> {
  const { repository, snapshot } = details
  const where = `${repository.name}/${snapshot}`
  return run.wait<SnapshotInfo | null>({
    subject: snapshot,
    title: 'is being taken',
    everyMs: pollMs,
    stallMs: durationMs(stall),
    ceilingMs,
    poll: async () => {
      if (run.ending) return { done: null }
      if (!(await isRunning(run, details))) {
        const info = await findOwn(run, details)
        if (info === null) throw isGone(where)
        if (info.state !== 'IN_PROGRESS') return { done: info }
      }
      const { shards, processedBytes, incrementalBytes } = await run.snapshots.progress(
        repository.name,
        snapshot,
      )
      return {
        progress: [shards.started, shards.finalizing, shards.done, shards.failed, processedBytes],
        text: `${shards.done} of ${shards.total} shards, ${sayBytes(processedBytes)} of ${sayBytes(incrementalBytes)}`,
      }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${where} comes no nearer: ${lastSeen}`,
        hint: `see the share and the nodes' logs; the cluster goes on with it by itself: ops resume ${run.id} waits again`,
      }),
  })
}

const isRunning = async (run: Run, { repository, snapshot }: SnapshotDetails): Promise<boolean> =>
  (await run.snapshots.work()).some(
    one => one.kind === 'create' && one.repository === repository.name && one.snapshots.includes(snapshot),
  )

const nothingLeft = (run: Run): OpsError =>
  new OpsError('PLAN_CHANGED', {
    message: 'no index of the plan is there any more',
    hint: `give it up: ops abort ${run.id} · and plan again: ops plan snapshot`,
  })

const isGone = (where: string): OpsError =>
  new OpsError('SNAPSHOT_FAILED', {
    message: `${where} is gone: the cluster could not end it, or somebody has deleted it`,
    hint: "see the share and the master's log, then: ops run snapshot",
  })
