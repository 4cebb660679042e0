// The encrypted copy of what was read, for the hours in which Vault is away. It must never hold a staged secret, and never answer with
// anything that is too old or is not what was put there.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../../../ports/clock.ts'
import type { CacheOptions } from '../options.ts'
import { isPending } from '../paths.ts'
import { type CachedDocument, decrypt, type Entry, encrypt, entryShape } from './entries.ts'
import { readKey } from './key.ts'

/** `refused`: there is one, and why it is not used. */
export type Recalled =
  | { readonly kind: 'found'; readonly document: CachedDocument }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly why: string }

export interface Cache {
  /** @throws Error in words for people where it cannot be written */
  keep(document: Omit<CachedDocument, 'cachedAtMs'>): void
  drop(path: string): void
  recall(path: string): Recalled
}

const fileShape = z.object({ format: z.literal(1), entries: z.record(z.string(), entryShape) })
const hourMs = 3_600_000
/** One that is younger than this is not written anew while its version is the same. */
const freshMs = 600_000
/** Clocks may differ by as much; what claims to be younger than now is refused. */
const skewMs = 300_000

export function openCache(options: CacheOptions, clock: Clock): Cache {
  const { file, owner, hours } = options
  /** What this process has put there. */
  const kept = new Map<string, { readonly version: number; readonly atMs: number }>()

  const change = (make: (entries: Map<string, Entry>) => void): void => {
    const entries = new Map(Object.entries(readEntries(file) ?? {}))
    make(entries)
    writeWhole(file, JSON.stringify({ format: 1, entries: Object.fromEntries(entries) }))
  }

  return {
    keep(document) {
      const { path, version } = document
      if (isPending(path)) return
      const nowMs = clock.now().getTime()
      const last = kept.get(path)
      if (last?.version === version && nowMs - last.atMs < freshMs) return
      const entry = encrypt(readKey(options, true), owner, { ...document, cachedAtMs: nowMs })
      change(entries => entries.set(path, entry))
      kept.set(path, { version, atMs: nowMs })
    },
    drop(path) {
      kept.delete(path)
      if (readEntries(file)?.[path] !== undefined) change(entries => entries.delete(path))
    },
    recall(path) {
      if (isPending(path)) return { kind: 'none' }
      const entries = readEntries(file)
      if (entries === null) return { kind: 'refused', why: `${file} is no cache of ops` }
      const entry = entries[path]
      if (entry === undefined) return { kind: 'none' }
      let key: Buffer
      try {
        key = readKey(options, false)
      } catch (thrown) {
        return { kind: 'refused', why: (thrown as Error).message }
      }
      const document = decrypt(key, owner, path, entry)
      if (document === null)
        return {
          kind: 'refused',
          why: 'it was changed, or comes from another inventory, Vault or key',
        }
      const ageMs = clock.now().getTime() - document.cachedAtMs
      if (ageMs < -skewMs) return { kind: 'refused', why: 'it claims to be from the future: check the clock' }
      if (ageMs > hours * hourMs)
        return {
          kind: 'refused',
          why: `it is ${Math.floor(ageMs / hourMs)} h old, and vault_cache_hours is ${hours}`,
        }
      return { kind: 'found', document }
    },
  }
}

/** `null`: there is something else. */
function readEntries(file: string): Readonly<Record<string, Entry>> | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return {}
    return null
  }
  try {
    return fileShape.parse(JSON.parse(text)).entries
  } catch {
    return null
  }
}

function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(draft, text, { mode: 0o600 })
    renameSync(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
}
