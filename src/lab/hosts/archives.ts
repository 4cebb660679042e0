// The servers as archives, for the roles' install method `archive`: packed from the homes that the embedded lab is made of,
// byte for byte the same every time, and kept in the cache.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { OpsError } from '../../errors/index.ts'
import { cacheDir } from '../elasticsearch/cache.ts'
import { recipeDir as elasticsearchRecipe, installHome } from '../elasticsearch/install.ts'
import { installKafka, recipeDir as kafkaRecipe } from '../kafka/install.ts'
import { withLock } from '../process/lock.ts'
import { runTool } from '../process/run.ts'
import { installVault, recipeDir as vaultRecipe } from '../vault/install.ts'

export interface Archive {
  readonly product: string
  readonly version: string
  readonly file: string
  /** `sha256:` and the hash, as the roles take it. */
  readonly checksum: string
}

interface Product {
  readonly product: string
  readonly version: string
  readonly home: string
  /** Parts of the home that only this machine can use, or that a node makes itself. */
  readonly without: readonly string[]
}

/** Which groups of hosts need which archive. */
const makers: Readonly<Record<string, (talk: (line: string) => void) => Promise<Product>>> = {
  elasticsearch: async talk => ({
    product: 'elasticsearch',
    version: readVersion(join(elasticsearchRecipe, 'pom.xml'), /<es\.version>([^<]+)</),
    home: await installHome(talk),
    // A runtime and its class archive name the path they were made for; nodes start without them, only slower.
    without: ['runtime', 'runtime.settled', 'logs', 'data'],
  }),
  kafka: async talk => ({
    product: 'kafka',
    version: readVersion(join(kafkaRecipe, 'pom.xml'), /<kafka\.version>([^<]+)</),
    home: await installKafka(talk),
    without: ['logs'],
  }),
  vault: async talk => ({
    product: 'vault',
    version: readVersion(join(vaultRecipe, 'go.mod'), /hashicorp\/vault v(\S+)/),
    home: await installVault(talk),
    without: [],
  }),
}

/** Packs what these groups need into a directory. */
export async function makeArchives(
  groups: ReadonlySet<string>,
  directory: string,
  talk: (line: string) => void,
): Promise<readonly Archive[]> {
  const archives: Archive[] = []
  for (const [group, make] of Object.entries(makers)) {
    if (groups.has(group)) archives.push(await pack(await make(talk), directory, talk))
  }
  return archives
}

async function pack(product: Product, directory: string, talk: (line: string) => void): Promise<Archive> {
  const name = `${product.product}-${product.version}`
  const kept = join(cacheDir(), 'archives', `${basename(product.home)}-${name}.tar.gz`)
  await withLock(`${kept}.lock`, 300_000, async () => {
    if (existsSync(kept)) return
    talk(`packing ${name}.tar.gz (once)`)
    await packHome(product, name, kept)
  })
  const file = join(directory, `${name}.tar.gz`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  rmSync(file, { force: true })
  await place(kept, file)
  const { product: what, version } = product
  return { product: what, version, file, checksum: `sha256:${await hashOf(file)}` }
}

/** The same home gives the same bytes: order, owners, times and compression are fixed. */
export async function packHome(
  { home, without }: Pick<Product, 'home' | 'without'>,
  name: string,
  file: string,
): Promise<void> {
  const draft = `${file}.draft`
  const same = [
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u+rwX,go=rX',
  ]
  const parts = without.map(part => `--exclude=./${part}`)
  await runTool(
    [
      'tar',
      '--create',
      '--file',
      draft,
      '-I',
      'gzip -n -1',
      ...same,
      ...parts,
      '--transform',
      `s,^\\.,${name},S`,
      '-C',
      home,
      '.',
    ],
    { timeoutMs: 300_000 },
  )
  renameSync(draft, file)
}

/** A second name for the same file, or a copy where that cannot be. */
async function place(from: string, to: string): Promise<void> {
  try {
    linkSync(from, to)
  } catch {
    await runTool(['cp', from, to])
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** The recipe of a home is the one place that says its version. */
function readVersion(file: string, pattern: RegExp): string {
  const version = pattern.exec(readFileSync(file, 'utf8'))?.[1]
  if (version !== undefined) return version
  throw new OpsError('BUG', { message: `${file} names no version` })
}
