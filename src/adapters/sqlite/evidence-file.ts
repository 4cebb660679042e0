// Evidence as one file that somebody takes along. Written whole or not at all, for its owner's eyes, and never over another file.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import type { Json } from '../../ports/json.ts'

/** @throws OpsError EVIDENCE_FILE */
export function writeEvidenceFile(path: string, body: Json): void {
  const file = resolve(path)
  const draft = `${file}.${process.pid}.draft`
  try {
    writeFileSync(draft, `${JSON.stringify(body, null, 1)}\n`, { mode: 0o600, flag: 'wx', flush: true })
    // A link, not a rename: it fails where there is a file of this name.
    linkSync(draft, file)
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException
    throw new OpsError('EVIDENCE_FILE', {
      message: code === 'EEXIST' ? `${path} is there already` : `${path} cannot be written: ${message}`,
      hint: 'name another file with --evidence',
      cause: thrown,
    })
  } finally {
    rmSync(draft, { force: true })
  }
}

export function readEvidenceFile(path: string): Json | null {
  let text: string
  try {
    text = readFileSync(resolve(path), 'utf8')
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? null : {}
  }
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}
