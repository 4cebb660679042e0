// The copy, step by step. At every moment the store has a whole copy that a reader can use, or a marker that says that there is none yet.
import { type JsonObject, type Observation, OpsError, type Run, sayBytes } from '#sdk'
import { type CopyFacts, lookAtCopy } from './facts.ts'
import { gates } from './gates/index.ts'
import { type Marker, marker as schema } from './marker.ts'
import type { CopyParams } from './params.ts'
import type { CopyDetails } from './plan.ts'
import { lookAtEnds, playOn, speedVars } from './play.ts'
import { sayFiles } from './words.ts'

/**
 * 1. rclone, where it is missing; then the store can be asked, and the gates are judged again.
 * 2. Marker: unfinished. Files that never change, then the index that names them; both ends compared by checksum. Marker: whole.
 * 3. What the repository no longer has goes from the store: old index files first. Marker: finished.
 * 4. Evidence, and a remark.
 * Between any two the run may end: what is whole stays whole, and the marker says the rest.
 */
export async function applyCopy(run: Run, details: CopyDetails, params: CopyParams): Promise<void> {
  if (details.install) await install(run, details, params)
  await run.safePoint()
  const copied = await copy(run, details, params)
  await run.safePoint()
  const finished = copied.surplus > 0 ? await tidy(run, details, params) : copied
  await keepEvidence(run, details, copied, finished)
}

async function install(run: Run, details: CopyDetails, params: CopyParams): Promise<void> {
  const hasRclone = async () => (await lookAtEnds(run, details, {})).rclone !== null
  await run.step({
    key: 'rclone.install',
    title: `install rclone on ${details.host}`,
    observe: async () => ((await hasRclone()) ? { state: 'done', result: null } : { state: 'not-done' }),
    apply: async () => {
      await playOn(run, 'offsite_install.yml', details, {})
      return null
    },
    retries: 1,
  })
  const facts: CopyFacts = await lookAtCopy(run, params)
  await run.judge(gates, facts, params)
}

function copy(run: Run, details: CopyDetails, params: CopyParams): Promise<Marker> {
  const { repository, directory, generation, snapshots, host, place } = details
  return run.step({
    key: `${repository}.copy`,
    title: `copy generation ${generation} of ${repository} from ${host} to ${place}`,
    observe: () =>
      observeMarker(
        run,
        details,
        ({ whole, state, surplus }) => whole === generation && (state === 'finished' || surplus > 0),
      ),
    guard: () => refuseWork(run, repository),
    apply: async () =>
      readMarker(
        await playOn(run, 'offsite_copy.yml', details, {
          ...speedVars(params),
          offsite_copy_directory: directory,
          offsite_copy_generation: generation,
          offsite_copy_snapshots: snapshots,
          offsite_copy_reread: params.reread,
        }),
      ),
  })
}

function tidy(run: Run, details: CopyDetails, params: CopyParams): Promise<Marker> {
  const { repository, directory, generation, place } = details
  return run.step({
    key: `${repository}.tidy`,
    title: `delete from ${place} what ${repository} no longer has`,
    observe: () => observeMarker(run, details, ({ state }) => state === 'finished'),
    guard: () => refuseWork(run, repository),
    apply: async () =>
      readMarker(
        await playOn(run, 'offsite_tidy.yml', details, {
          ...speedVars(params),
          offsite_copy_directory: directory,
          offsite_copy_generation: generation,
        }),
      ),
  })
}

/** The marker at the store is the truth: it is written last in each step, by this run or by none. */
async function observeMarker(
  run: Run,
  details: CopyDetails,
  isDone: (marker: Marker) => boolean,
): Promise<Observation<Marker>> {
  const { store } = await lookAtEnds(run, details, {})
  const { marker } = store
  return marker !== null && marker.run === run.id && isDone(marker)
    ? { state: 'done', result: marker }
    : { state: 'not-done' }
}

/** Right before the first byte: a snapshot that somebody else has begun since the gates were judged. */
async function refuseWork(run: Run, repository: string): Promise<void> {
  const [work] = (await run.snapshots.work()).filter(one => one.repository === repository)
  if (work === undefined) return
  throw new OpsError('PLAN_CHANGED', {
    message: `a ${work.kind} runs on ${repository} now${work.snapshots.map(name => `, ${name}`).join('')}`,
    hint: `when it has ended: ops resume ${run.id}`,
  })
}

function readMarker(handedBack: unknown): Marker {
  const { marker } = handedBack as { marker?: unknown }
  return schema.parse(marker)
}

async function keepEvidence(run: Run, details: CopyDetails, copied: Marker, finished: Marker): Promise<void> {
  const { repository, generation, place, host } = details
  const removed = copied.surplus
  const body: JsonObject = {
    ...{ run: run.id, repository, generation, place, host, removed },
    ...{ startedAt: copied.started_at, endedAt: finished.ended_at ?? copied.started_at },
    ...{ bytes: copied.whole_bytes ?? 0, files: copied.files },
    ...{ movedBytes: copied.moved.bytes, movedFiles: copied.moved.files },
    snapshots: copied.snapshots,
  }
  // Put twice it is the same.
  await run.evidence.put('copy', `${repository}/${run.id}`, run.clock.now(), body)
  const gone = removed === 0 ? '' : `, ${sayFiles(removed)} deleted that the repository no longer has`
  await run.mark('copied', 'remark', {
    text: `${place} is whole at generation ${generation}: ${sayBytes(copied.moved.bytes)} moved in ${sayFiles(copied.moved.files)} of ${sayBytes(copied.whole_bytes ?? 0)} in ${sayFiles(copied.files)}${gone}; every one compared by checksum`,
    ...body,
  })
}
