// An official elasticsearch-8.x archive in place of the home assembled from Maven Central. It is unpacked once, by its
// content, and brings its own Java.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import { withLock } from '../process/lock.ts'
import { runTool } from '../process/run.ts'
import { requireTools } from '../process/tools.ts'
import { cacheDir } from './cache.ts'

/** The home that an archive holds. */
export async function installArchive(file: string, talk: (line: string) => void): Promise<string> {
  if (!existsSync(file)) throw new OpsError('USAGE', { message: `there is no file ${file}` })
  requireTools(['tar', 'openssl', 'keytool', 'bash'])
  const cache = cacheDir()
  const home = join(cache, `elasticsearch-archive-${await hashOf(file)}`)
  return withLock(join(cache, 'elasticsearch.lock'), 900_000, async () => {
    if (!existsSync(home)) await unpack(file, home, talk)
    return home
  })
}

async function unpack(file: string, home: string, talk: (line: string) => void): Promise<void> {
  talk(`unpacking ${file}`)
  const draft = `${home}.unpacking`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true })
  try {
    const tar = ['-xf', file, '-C', draft, '--strip-components=1', '--no-same-owner']
    const { exitCode, stderr } = await execa('tar', tar, { reject: false })
    if (exitCode !== 0) throw notAnArchive(file, stderr.split('\n')[0] ?? '')
    checkHome(file, draft)
    await runTool(['chmod', '-R', 'a+rX', draft])
    renameSync(draft, home)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function checkHome(file: string, home: string): void {
  const lacking = ['bin/elasticsearch', 'bin/elasticsearch-keystore', 'lib'].find(
    part => !existsSync(join(home, part)),
  )
  if (lacking) throw notAnArchive(file, `it has no ${lacking}`)
  const server = readdirSync(join(home, 'lib')).find(name => /^elasticsearch-\d+\.\d+\.\d+\.jar$/.test(name))
  if (!server?.startsWith('elasticsearch-8.')) {
    throw notAnArchive(file, `it holds ${server?.replace('.jar', '') ?? 'no server'}`)
  }
}

const notAnArchive = (file: string, why: string): OpsError =>
  new OpsError('LAB_FAILED', {
    message: `${file} is no archive of Elasticsearch 8: ${why}`,
    hint: 'give elasticsearch-8.x.y-linux-x86_64.tar.gz as Elastic ships it',
  })

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex').slice(0, 12)
}
