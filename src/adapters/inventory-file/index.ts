// The inventory on disk, edited host by host: only the lines of a host change. It never writes a secret, and never over a file that is
// another than the one that was looked at.
import { createHash, randomUUID } from 'node:crypto'
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { relative } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import { OpsError } from '../../errors/index.ts'
import type { Inventory } from '../../ports/ansible.ts'
import type { InventoryChange, InventoryFilePort } from '../../ports/inventory-file.ts'
import { refuseSecrets } from './refuse-secrets.ts'
import { type InventoryText, readText } from './text.ts'
import { findInventoryFile } from './which-file.ts'

export interface InventoryFileOptions {
  readonly checkout: string
  readonly inventory: () => Promise<Inventory>
}

interface Opened {
  readonly path: string
  /** As people are told it. */
  readonly file: string
  readonly content: string
  readonly sha256: string
  readonly text: InventoryText
}

export function openInventoryFile({ checkout, inventory }: InventoryFileOptions): InventoryFilePort {
  const open = async (): Promise<Opened> => {
    const path = await realpath(await findInventoryFile(await inventory(), checkout))
    const content = await readFile(path, 'utf8')
    const inside = relative(checkout, path)
    const file = inside.startsWith('..') ? path : inside
    return { path, file, content, sha256: sha256Of(content), text: readText(content, file) }
  }
  return {
    entries: async () => (await open()).text.entries,
    preview: async changes => {
      const { file, content, sha256, text } = await open()
      return { file, sha256, diff: diffOf(file, content, changed(text, changes)) }
    },
    write: async (changes, sha256) => {
      const opened = await open()
      if (opened.sha256 !== sha256)
        throw new OpsError('PLAN_CHANGED', {
          message: `${opened.file} has been changed by somebody since it was looked at`,
          hint: 'look at the change with git diff, then plan anew',
        })
      const content = changed(opened.text, changes)
      if (content !== opened.content) await replace(opened.path, content)
    },
  }
}

function changed(text: InventoryText, changes: readonly InventoryChange[]): string {
  refuseSecrets(changes)
  return changes.reduce((before, change) => before.apply(change), text).content
}

const sha256Of = (content: string): string => createHash('sha256').update(content).digest('hex')

function diffOf(file: string, before: string, after: string): string {
  if (before === after) return ''
  const patch = createTwoFilesPatch(file, file, before, after, undefined, undefined, { context: 2 })
  return patch.slice(patch.indexOf('--- '))
}

/** Whole or not at all, with the mode of the file that it takes the place of. */
async function replace(path: string, content: string): Promise<void> {
  const { mode } = await stat(path)
  const temporary = `${path}.${randomUUID().slice(0, 8)}.new`
  try {
    const handle = await open(temporary, 'wx', mode & 0o7777)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw new OpsError('INVENTORY_INVALID', {
      message: `the inventory ${path} cannot be written: ${(cause as Error).message}`,
      hint: 'ops needs to be able to write to its folder',
      cause,
    })
  }
}
