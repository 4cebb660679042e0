// Plants damage in the files of a snapshot repository: which file, and what is done to it. The same list for the same files.
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export type FileKind =
  | 'data'
  | 'shard-snap'
  | 'shard-index'
  | 'index-meta'
  | 'root-snap'
  | 'root-meta'
  | 'root-index'
export type Harm = 'flip' | 'truncate' | 'delete' | 'empty'

export interface Damage {
  readonly kind: FileKind
  readonly harm: Harm
  /** Which file of that kind. */
  readonly at: number
}

const patterns: Readonly<Record<FileKind, RegExp>> = {
  data: /^indices\/[^/]+\/\d+\/__/,
  'shard-snap': /^indices\/[^/]+\/\d+\/snap-.*\.dat$/,
  'shard-index': /^indices\/[^/]+\/\d+\/index-/,
  'index-meta': /^indices\/[^/]+\/meta-.*\.dat$/,
  'root-snap': /^snap-.*\.dat$/,
  'root-meta': /^meta-.*\.dat$/,
  'root-index': /^index-\d+$/,
}

const of = (kind: FileKind, ...harms: Harm[]): Damage[] => harms.map((harm, at) => ({ kind, harm, at }))

/** Twenty, over all kinds of files. */
export const damages: readonly Damage[] = [
  ...of('data', 'flip', 'truncate', 'delete', 'empty', 'flip'),
  ...of('shard-snap', 'flip', 'truncate', 'delete', 'empty'),
  ...of('shard-index', 'flip', 'delete'),
  ...of('index-meta', 'flip', 'truncate', 'delete', 'empty'),
  ...of('root-snap', 'flip', 'delete'),
  ...of('root-meta', 'flip'),
  ...of('root-index', 'flip', 'truncate'),
]

/** Says which file it was, beneath the root. */
export function plant(root: string, { kind, harm, at }: Damage): string {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .filter(name => patterns[kind].test(name))
    .sort()
  const name = files[(at * 7) % Math.max(1, files.length)]
  if (name === undefined) throw new Error(`the repository has no file of the kind ${kind}`)
  const path = join(root, name)
  const bytes = readFileSync(path)
  const middle = Math.floor(bytes.length / 2)
  if (harm === 'delete') rmSync(path)
  else if (harm === 'empty') truncateSync(path, 0)
  else if (harm === 'truncate') truncateSync(path, middle)
  else {
    bytes[middle] = (bytes[middle] ?? 0) ^ 0xff
    writeFileSync(path, bytes)
  }
  return name
}
