// Assembles a Kafka home from Maven Central, once per recipe: build.sh in home/ does the work. Nothing but jars whose
// checksums are known gets into it.
import { join } from 'node:path'
import { buildOnce } from '../build-once.ts'
import { buildMavenHome } from '../maven-home.ts'
import { requireTools } from '../process/tools.ts'

export const recipeDir = join(import.meta.dirname, 'home')

const timeoutMs = 900_000

/** The Kafka home for this recipe, built if it is not there yet: bin, config, lib, and lib/agent for the JMX exporter. */
export function installKafka(talk: (line: string) => void): Promise<string> {
  return buildOnce({
    name: 'kafka',
    directory: recipeDir,
    longestBuildMs: timeoutMs,
    requireTools: () => requireTools(['java', 'mvn', 'sha256sum', 'bash']),
    build: draft => {
      talk('building the Kafka home (once; seconds, a minute where Maven Central has to be asked)')
      return buildMavenHome({ product: 'Kafka', recipeDir, timeoutMs }, draft, talk)
    },
  })
}
