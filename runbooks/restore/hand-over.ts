// From proven copies to indices in use: names are swapped, consumers set back. From here on there is only the way forward; an
// index that is not the one of the plan is never deleted.
import { exitCodes, OpsError, type Run, toOpsError } from '#sdk'
import { setBackConsumers } from './backfill.ts'
import { findMade } from './batch.ts'
import { asideOf } from './batches.ts'
import type { RestoreDetails } from './plan.ts'

export async function handOver(run: Run, details: RestoreDetails): Promise<void> {
  try {
    for (const { index, replaces } of details.aside) await swap(run, details, index, replaces)
    // On the way out nothing is read again: the gap is said.
    if (!run.ending) await setBackConsumers(run, details)
  } catch (thrown) {
    if (run.signal.aborted) throw thrown
    const { code, message } = toOpsError(thrown)
    throw new OpsError(code, {
      message: `everything is restored and proven, and not all of it is in its place: ${message}`,
      hint: `mend it, then: ops resume ${run.id}`,
      exitCode: exitCodes.needsHuman,
      cause: thrown,
    })
  }
}

async function swap(run: Run, details: RestoreDetails, index: string, replaces: string): Promise<void> {
  const copyOf = async () =>
    (await findMade(run, asideOf(run, details))).find(one => one.index === index)?.name ?? null
  const isSwapped = async (): Promise<boolean> => {
    const name = await copyOf()
    if (name === null) return false
    return (await run.indices.find([name])).some(one => one.name === name && one.aliases.includes(index))
  }
  await run.step({
    key: `${index}.swap`,
    title: `put the restored ${index} in its place`,
    before: { index, uuid: replaces },
    observe: async () => ((await isSwapped()) ? { state: 'done', result: null } : { state: 'not-done' }),
    guard: () => checkReplaced(run, index, replaces),
    apply: async () => {
      const to = await copyOf()
      if (to === null)
        throw new OpsError('STEP_FAILED', { message: `the restored ${index} is not there any more` })
      const there = (await run.indices.find([index])).some(({ name }) => name === index)
      await run.indices.replaceByAlias({ alias: index, uuid: there ? replaces : null, to })
      return null
    },
    retries: 1,
  })
}

/** Gone is fine: then there is nothing to lose. Another one is not. */
async function checkReplaced({ indices }: Run, index: string, replaces: string): Promise<void> {
  const now = (await indices.find([index])).find(({ name }) => name === index)
  if (now === undefined || now.uuid === replaces) return
  throw new OpsError('PLAN_CHANGED', {
    message: `${index} is another index than the one of the plan; it was not touched`,
    hint: 'see who has made it; the restored copy is there under its own name',
  })
}
