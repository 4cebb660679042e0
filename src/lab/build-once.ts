// Builds something big once per recipe and keeps it in the cache. The work goes on in a directory of its own, which is
// renamed when it is whole: what is half built is never used.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { cacheDir } from './elasticsearch/cache.ts'
import { withLock } from './process/lock.ts'

export interface Recipe {
  /** The built directory is called by this name and the hash of the recipe. */
  readonly name: string
  /** Every file in it is part of the recipe: a change in one makes another directory. */
  readonly directory: string
  /** Says what is missing on this machine. It is asked only where something has to be built. */
  requireTools(): void | Promise<void>
  build(draft: string): Promise<void>
  readonly longestBuildMs: number
}

/** The directory that this recipe makes, built if it is not there yet. */
export async function buildOnce(recipe: Recipe): Promise<string> {
  const cache = cacheDir()
  const built = join(cache, `${recipe.name}-${hashFiles(recipe.directory)}`)
  if (existsSync(built)) return built
  await recipe.requireTools()
  return withLock(join(cache, `${recipe.name}.lock`), recipe.longestBuildMs, async () => {
    if (!existsSync(built)) await buildWhole(recipe, built)
    return built
  })
}

async function buildWhole(recipe: Recipe, built: string): Promise<void> {
  const draft = `${built}.building`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft)
  try {
    await recipe.build(draft)
    renameSync(draft, built)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Of the content and the names of all files in a directory. */
export function hashFiles(directory: string): string {
  const hash = createHash('sha256')
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
  for (const file of files.sort()) hash.update(file.slice(directory.length)).update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}

/** Says the lines of a tool's output. Maven sets colours back even where it was told to use none. */
export function tellLines(text: string, talk: (line: string) => void): void {
  const lines = stripVTControlCharacters(text).split('\n')
  for (const line of lines) if (line.trim() !== '') talk(line)
}
