// The version of a runbook: a hash over all of its code, so that a resume notices what changed meanwhile.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export async function versionOfRunbook(checkout: string, id: string): Promise<string> {
  const folder = join(checkout, 'runbooks', id)
  const files = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.ts')).sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(await readFile(join(folder, file)))
  return hash.digest('hex')
}
