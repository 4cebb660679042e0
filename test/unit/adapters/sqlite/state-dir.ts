// A state directory for one test, thrown away after it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openState, type StateFiles } from '../../../../src/adapters/sqlite/database.ts'

export interface StateDir {
  readonly path: string
  /** As another process would: a connection of its own. */
  open(): StateFiles
  [Symbol.dispose](): void
}

export function stateDir(): StateDir {
  const path = mkdtempSync(join(tmpdir(), 'ops-state-'))
  const opened: StateFiles[] = []
  return {
    path,
    open: () => {
      const files = openState(path)
      opened.push(files)
      return files
    },
    [Symbol.dispose]: () => {
      for (const { database } of opened) if (database.isOpen) database.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}
