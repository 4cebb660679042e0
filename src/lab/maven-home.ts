// Runs the build.sh of a home whose jars come from Maven Central. What goes wrong is said in words that can be acted upon.
import { join } from 'node:path'
import { execa } from 'execa'
import { OpsError } from '../errors/index.ts'
import { tellLines } from './build-once.ts'

export interface MavenHome {
  /** As in "the Kafka home". */
  readonly product: string
  /** Holds build.sh, pom.xml and jars.sha256. */
  readonly recipeDir: string
  readonly timeoutMs: number
  /** What does without Maven Central, in words. */
  readonly instead?: string
}

/** Lays out the home in an empty directory. */
export async function buildMavenHome(
  { product, recipeDir, timeoutMs, instead }: MavenHome,
  draft: string,
  talk: (line: string) => void,
): Promise<void> {
  const build = execa(join(recipeDir, 'build.sh'), [draft], { reject: false, all: true, timeout: timeoutMs })
  build.stderr.on('data', chunk => tellLines(String(chunk), talk))
  const { exitCode, all } = await build
  if (exitCode !== 0) throw explainMavenBuild(product, all, instead)
}

/** What build.sh said when it failed, as an error with something to do. */
export function explainMavenBuild(product: string, output: string, instead = ''): OpsError {
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
    message: `the ${product} home could not be built: ${telling}`,
    hint: `is Maven Central, or the mirror in ~/.m2/settings.xml, reachable? ${instead}`.trimEnd(),
  })
}
