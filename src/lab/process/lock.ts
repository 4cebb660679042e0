// A file that only one live process holds at a time. A holder that has died is passed over; a live one is waited for, and
// named when that takes too long.
import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import { waitFor } from '../wait.ts'
import { identify, processIdentity, readIdentified } from './identity.ts'

/** Does the work while holding the lock, and lets go of it in every case. */
export async function withLock<T>(file: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const draft = `${file}.${randomUUID()}`
  writeFileSync(draft, JSON.stringify(identify(process.pid)))
  try {
    await waitFor({
      stallMs: waitMs,
      everyMs: 50,
      look: async () => (take(draft, file) ? { result: true } : { progress: 'held' }),
      onStall: () =>
        new OpsError('LAB_FAILED', {
          message: `another lab command is at work (process ${readHolder(file)?.pid})`,
          hint: 'try again when it has ended',
        }),
    })
  } finally {
    rmSync(draft, { force: true })
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/** A link either is made whole or fails, so the file never stands there without its holder in it. */
function take(draft: string, file: string): boolean {
  const holder = readHolder(file)
  if (holder && !readIdentified(holder)) rmSync(file, { force: true })
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function readHolder(file: string) {
  try {
    return processIdentity.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}
