// The entries of new hosts in the inventory: written, and taken out again. Each is looked for first, so nothing is written twice.
import { type InventoryChange, type Json, OpsError, type Run, toOpsError } from '#sdk'
import { entryOf, type NewHost } from './wanted.ts'

/** With `sha256`: only into the file that the plan has seen. */
export async function writeEntries(
  run: Run,
  hosts: readonly NewHost[],
  sha256: string | null,
): Promise<void> {
  const missing = async (): Promise<readonly NewHost[]> => {
    const names = await entryNames(run)
    return hosts.filter(({ name }) => !names.has(name))
  }
  const [first] = await missing()
  if (first === undefined) return
  const names = hosts.map(({ name }) => name).join(', ')
  await change(run, {
    key: `${first.name}.entry.${run.fencing}`,
    title: `write ${names} into the inventory`,
    isDone: async () => (await missing()).length === 0,
    changes: hosts.map(host => ({ do: 'add', entry: entryOf(host) })),
    sha256,
  })
}

export async function removeEntries(run: Run, names: readonly string[]): Promise<void> {
  const left = async (): Promise<readonly string[]> => {
    const there = await entryNames(run)
    return names.filter(name => there.has(name))
  }
  const [first] = await left()
  if (first === undefined) return
  await change(run, {
    key: `${first}.entry-out.${run.fencing}`,
    title: `take ${names.join(', ')} out of the inventory`,
    isDone: async () => (await left()).length === 0,
    changes: names.map(name => ({ do: 'remove', name })),
    sha256: null,
  })
}

interface Change {
  readonly key: string
  readonly title: string
  readonly isDone: () => Promise<boolean>
  readonly changes: readonly InventoryChange[]
  readonly sha256: string | null
}

const retries = 3

async function change(run: Run, { key, title, isDone, changes, sha256 }: Change): Promise<void> {
  await run.step<Json>({
    key,
    title,
    observe: async () => ((await isDone()) ? { state: 'done', result: null } : { state: 'not-done' }),
    apply: async () => {
      const preview = await run.inventoryFile.preview(changes)
      await run.inventoryFile.write(changes, sha256 ?? preview.sha256)
      return { file: preview.file, diff: preview.diff }
    },
    // Where the file as it stands now will do, an edit in between is no reason to give up.
    retries: sha256 === null ? retries : 0,
  })
}

const entryNames = async ({ inventoryFile }: Run): Promise<ReadonlySet<string>> =>
  new Set((await inventoryFile.entries()).map(({ name }) => name))

/** What went wrong, told as a host that was not taken in. */
export function refused(run: Run, names: readonly string[], thrown: unknown, left: string | null): OpsError {
  const error = toOpsError(thrown)
  const list = names.join(', ')
  return new OpsError('NODE_REFUSED', {
    message: `${list} ${names.length === 1 ? 'was' : 'were'} not taken in: ${error.message}`,
    hint:
      left ??
      `the entry in the inventory has been taken back; mend it, then: ops resume ${run.id}${error.hint === undefined ? '' : ` · ${error.hint}`}`,
    cause: error,
  })
}
