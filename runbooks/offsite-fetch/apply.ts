// Fetches, registers, and reads what can be restored from it.
import { z } from 'zod'
import { type JsonObject, OpsError, type Repository, type Run, sayBytes, sayFew } from '#sdk'
import { playOn, speedVars } from '../offsite-copy/play.ts'
import { sayFiles } from '../offsite-copy/words.ts'
import type { FetchParams } from './params.ts'
import type { FetchDetails } from './plan.ts'

const count = z.coerce.number()
const fetched = z.object({ moved: z.object({ bytes: count, files: count }), bytes: count, files: count })

/**
 * 1. Files, the index last: half of them is no repository. Again after a crash: only what is missing is moved.
 * 2. Registered read-only, so that nothing can be written to it.
 * 3. Its snapshots are listed: they are what a restore can have.
 */
export async function applyFetch(run: Run, details: FetchDetails, params: FetchParams): Promise<void> {
  const { repository, into, as, generation, place, host } = details
  await run.safePoint()
  const { moved, bytes, files } = await run.step({
    key: `${repository}.fetch`,
    title: `fetch generation ${generation} from ${place} into ${host}:${into}`,
    // Fetching once more moves nothing that is there.
    observe: async () => ({ state: 'not-done' }),
    apply: async () =>
      fetched.parse(
        await playOn(run, 'offsite_fetch.yml', details, {
          ...speedVars(params),
          offsite_copy_generation: generation,
          offsite_copy_into: into,
        }),
      ),
  })
  await run.safePoint()
  await register(run, details)
  const names = await run.note(`${as}.snapshots`, async () =>
    (await run.snapshots.list(as)).map(({ name }) => name),
  )
  if (names.length === 0)
    throw new OpsError('REPOSITORY_BROKEN', {
      message: `${as} is registered and holds no snapshot`,
      hint: `look at the copy: ops plan offsite-fetch --repository ${repository}`,
    })
  await run.mark('fetched', 'remark', {
    text: `${as} holds ${names.length} snapshots, read-only: ${sayFew(names)}; ${sayFiles(files)}, ${sayBytes(bytes)}, of which ${sayBytes(moved.bytes)} were moved`,
    ...{ repository: as, directory: into, generation, bytes, movedBytes: moved.bytes },
  })
}

async function register(run: Run, { as, into }: FetchDetails): Promise<void> {
  const wanted: Repository = { name: as, type: 'fs', settings: { location: into }, readOnly: true }
  const isThere = ({ name, settings, readOnly }: Repository) =>
    name === as && readOnly && settings.location === into
  await run.step<JsonObject>({
    key: `${as}.register`,
    title: `register ${as} for ${into}, read-only`,
    observe: async () =>
      (await run.snapshots.repositories()).some(isThere)
        ? { state: 'done', result: { name: as } }
        : { state: 'not-done' },
    apply: async () => {
      await run.snapshots.register(wanted, true)
      return { name: as }
    },
    retries: 1,
  })
}
