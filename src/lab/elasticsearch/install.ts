// Assembles an Elasticsearch home from Maven Central, once per recipe: build.sh in home/ does the work. Nothing but jars whose
// checksums are known gets into it.
import { join } from 'node:path'
import { buildOnce } from '../build-once.ts'
import { buildMavenHome } from '../maven-home.ts'
import { withLock } from '../process/lock.ts'
import { requireTools } from '../process/tools.ts'
import { cacheDir } from './cache.ts'
import { buildRuntime, isRuntimeSettled } from './runtime.ts'

export const recipeDir = join(import.meta.dirname, 'home')

/** As a hint where Maven Central does not answer. */
export const instead = 'ops lab up --archive FILE needs neither'

const timeoutMs = 900_000
const tools = ['java', 'javac', 'jar', 'mvn', 'openssl', 'keytool', 'sha256sum'] as const

/** The Elasticsearch home for this recipe, built if it is not there yet. */
export async function installHome(talk: (line: string) => void): Promise<string> {
  const home = await buildOnce({
    name: 'elasticsearch',
    directory: recipeDir,
    longestBuildMs: timeoutMs,
    requireTools: () => requireTools(tools),
    build: draft => {
      talk('building the Elasticsearch home (once; 1 minute, more where Maven Central has to be asked)')
      return buildMavenHome({ product: 'Elasticsearch', recipeDir, timeoutMs, instead }, draft, talk)
    },
  })
  if (isRuntimeSettled(home)) return home
  requireTools(tools)
  return withLock(join(cacheDir(), 'elasticsearch.lock'), timeoutMs, async () => {
    // It names its own path, so it is made in its last place.
    if (!isRuntimeSettled(home)) await buildRuntime(home, talk)
    return home
  })
}
