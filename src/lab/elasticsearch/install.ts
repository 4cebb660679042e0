// Assembles an Elasticsearch home from Maven Central, once per recipe: build.sh beside it does the work in a directory of
// its own, which is renamed when it is whole. A half-built home is never used.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import { withLock } from '../process/lock.ts'
import { requireTools } from '../process/tools.ts'
import { cacheDir } from './cache.ts'
import { buildRuntime, isRuntimeSettled } from './runtime.ts'

export const recipeDir = join(import.meta.dirname, 'home')

/** The Elasticsearch home for this recipe, built if it is not there yet. */
export async function installHome(talk: (line: string) => void): Promise<string> {
  const cache = cacheDir()
  const home = join(cache, `elasticsearch-${hashOf(recipeDir)}`)
  if (existsSync(home) && isRuntimeSettled(home)) return home
  requireTools(['java', 'javac', 'jar', 'mvn', 'openssl', 'keytool', 'sha256sum'])
  return withLock(join(cache, 'elasticsearch.lock'), 900_000, async () => {
    if (!existsSync(home)) await buildHome(home, talk)
    // It names its own path, so it is made in its last place.
    if (!isRuntimeSettled(home)) await buildRuntime(home, talk)
    return home
  })
}

async function buildHome(home: string, talk: (line: string) => void): Promise<void> {
  talk('building the Elasticsearch home (once; 1 minute, more where Maven Central has to be asked)')
  const draft = `${home}.building`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft)
  const build = execa(join(recipeDir, 'build.sh'), [draft], { reject: false, all: true, timeout: 900_000 })
  build.stderr.on('data', chunk => tellLines(String(chunk), talk))
  const { exitCode, all } = await build
  if (exitCode !== 0) {
    rmSync(draft, { recursive: true, force: true })
    throw explainBuild(all)
  }
  renameSync(draft, home)
}

/** Maven sets colours back even where it was told to use none. */
function tellLines(text: string, talk: (line: string) => void): void {
  const lines = stripVTControlCharacters(text).split('\n')
  for (const line of lines) if (line.trim() !== '') talk(line)
}

/** What build.sh said when it failed, as an error with something to do. */
export function explainBuild(output: string): OpsError {
  const changed = [...output.matchAll(/^(\S+\.jar): FAILED/gm)].map(match => match[1])
  if (changed.length > 0) {
    return new OpsError('LAB_FAILED', {
      message: `not the jar that was expected (jars.sha256): ${changed.join(', ')}`,
      hint: 'remove it from ~/.m2/repository and try again; if it comes back, do not trust its source',
    })
  }
  const lines = output.trim().split('\n')
  const telling = lines.find(line => line.includes('ERROR')) ?? lines.at(-1)
  return new OpsError('LAB_FAILED', {
    message: `the Elasticsearch home could not be built: ${telling}`,
    hint: 'is Maven Central, or the mirror in ~/.m2/settings.xml, reachable? ops lab up --archive FILE needs neither',
  })
}

/** A change in any file of the recipe makes another home. */
function hashOf(directory: string): string {
  const hash = createHash('sha256')
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
  for (const file of files.sort()) hash.update(file.slice(directory.length)).update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}
