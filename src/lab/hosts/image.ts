// The system that every host starts from, built from Debian packages alone, once per recipe, and given to Docker. No key and
// no secret may be in it: it is kept in the cache, where everybody may read.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import { buildOnce, tellLines } from '../build-once.ts'
import { type Docker, toolEnvironment } from './docker-client.ts'
import { requireHostsTools } from './tools.ts'

export const imageRecipe = join(import.meta.dirname, 'image')

const repository = 'ops-lab-host'
const longestBuildMs = 900_000
const tarName = 'image.tar'

/** The image as Docker knows it, built and imported if it is not there. */
export async function prepareImage(docker: Docker, talk: (line: string) => void): Promise<string> {
  const directory = await buildImage(talk)
  const image = `${repository}:${basename(directory).split('-').at(-1)}`
  const known = await docker.ask(['image', 'ls', '--quiet', image])
  if (known.trim() !== '') return image
  talk('giving the image of the hosts to Docker')
  const changes = ['CMD ["/sbin/lab-init"]', 'ENV container=docker', 'EXPOSE 22'].flatMap(line => [
    '-c',
    line,
  ])
  await docker.ask(['import', ...changes, join(directory, tarName), image], { timeoutMs: 600_000 })
  return image
}

/** The directory that holds the image as a tar. */
export function buildImage(talk: (line: string) => void): Promise<string> {
  return buildOnce({
    name: repository,
    directory: imageRecipe,
    longestBuildMs,
    requireTools: () => requireHostsTools(['mmdebstrap', 'gcc']),
    build: async draft => {
      talk('building the image of the hosts from Debian packages (once; a minute or two)')
      const work = mkdtempSync(join(tmpdir(), 'ops-lab-image-'))
      try {
        const sources = join(work, 'debian.sources')
        writeFileSync(sources, debianSources())
        await runBuild([join(draft, tarName), sources], talk)
      } finally {
        rmSync(work, { recursive: true, force: true })
      }
    },
  })
}

async function runBuild(args: readonly string[], talk: (line: string) => void): Promise<void> {
  const options = {
    env: toolEnvironment(),
    extendEnv: false,
    reject: false,
    all: true,
    stdin: 'ignore',
  } as const
  const build = execa(join(imageRecipe, 'build.sh'), args, { ...options, timeout: longestBuildMs })
  build.stderr.on('data', chunk => tellLines(String(chunk), talk))
  const { exitCode, all, shortMessage } = await build
  if (exitCode !== 0) throw explainBuild(all ?? shortMessage)
}

/** What mmdebstrap said when it failed, as an error with something to do. Pure. */
export function explainBuild(output: string): OpsError {
  const lines = output
    .trim()
    .split('\n')
    .map(line => line.trim())
  const telling = lines.find(line => /^E: |error:/i.test(line)) ?? lines.at(-1) ?? 'it said nothing'
  const hint = /no space left/i.test(output)
    ? 'free some disk: the image needs about 1.5 GiB while it is built'
    : /must be root|permission denied|unshare|chroot/i.test(output)
      ? 'building it needs root'
      : "is a mirror of Debian's packages reachable? apt-get update says"
  return new OpsError('LAB_FAILED', {
    message: `the image of the hosts could not be built: ${telling.replace(/^E: /, '')}`,
    hint,
  })
}

/** What this machine's apt knows of bookworm's mirrors, in its own words; empty where it is no bookworm. */
export function debianSources(root = '/etc/apt'): string {
  const parts = join(root, 'sources.list.d')
  const stanzas = (existsSync(parts) ? readdirSync(parts) : [])
    .filter(name => name.endsWith('.sources'))
    .flatMap(name => readFileSync(join(parts, name), 'utf8').split(/\n\s*\n/))
    .filter(stanza => /^Suites:.*\bbookworm\b/m.test(stanza) || /^Suites:.*\bbookworm-/m.test(stanza))
    .filter(stanza => /^Components:.*\bmain\b/m.test(stanza) && !/^Enabled:\s*no/im.test(stanza))
  if (stanzas.length > 0) return `${stanzas.map(stanza => stanza.trim()).join('\n\n')}\n`
  const list = join(root, 'sources.list')
  const lines = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : []
  return lines.filter(line => /^deb .*\bbookworm(-\S+)? .*\bmain\b/.test(line)).join('\n')
}
