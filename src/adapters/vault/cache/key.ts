// The key of the cache: a file that nobody else may read. It is made once, whole, even where two processes begin at the same time.
import { createHash, hkdfSync, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { CacheOptions } from '../options.ts'

const keyBytes = 32
const leastCharacters = 32
const othersMayRead = 0o077

/** @throws Error in words for people, without anything of the key */
export function readKey({ keyFile, makesKey, owner }: CacheOptions, make: boolean): Buffer {
  if (make && makesKey) makeKey(keyFile)
  if ((statSync(keyFile).mode & othersMayRead) !== 0)
    throw new Error(`its key ${keyFile} can be read by others: chmod 600 ${keyFile}`)
  const text = readFileSync(keyFile, 'utf8').trim()
  if (text.length < leastCharacters)
    throw new Error(`its key ${keyFile} has fewer than ${leastCharacters} characters`)
  const salt = createHash('sha256').update(owner).digest()
  return Buffer.from(hkdfSync('sha256', text, salt, 'ops vault cache', keyBytes))
}

function makeKey(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${randomBytes(keyBytes).toString('base64url')}\n`, { mode: 0o600 })
  try {
    linkSync(draft, file)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
  } finally {
    rmSync(draft, { force: true })
  }
}
