// The version of a runbook: a hash over all of its code, and that of the runbooks it builds on, so that a resume notices what
// changed meanwhile.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'

export async function versionOfRunbook(checkout: string, id: string): Promise<string> {
  const runbooks = join(checkout, 'runbooks')
  const hash = createHash('sha256')
  const ids = [id]
  // Grows while it is gone through: each runbook names those that it imports from.
  for (const one of ids) {
    for (const { file, code } of await readFolder(join(runbooks, one))) {
      hash.update(`${relative(runbooks, file)}\0`).update(code)
      for (const other of importedFrom(runbooks, file, code)) if (!ids.includes(other)) ids.push(other)
    }
  }
  return hash.digest('hex')
}

async function readFolder(folder: string): Promise<readonly { file: string; code: string }[]> {
  const names = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.ts')).sort()
  const files = names.map(name => join(folder, name))
  return Promise.all(files.map(async file => ({ file, code: await readFile(file, 'utf8') })))
}

/** The runbooks, this one among them, whose files this one imports. */
function importedFrom(runbooks: string, file: string, code: string): readonly string[] {
  return [...code.matchAll(/from '(\.[^']+)'/g)].flatMap(([, path = '']) => {
    const inside = relative(runbooks, resolve(file, '..', path))
    const [id = ''] = inside.split(sep)
    return inside.startsWith('..') ? [] : [id]
  })
}
