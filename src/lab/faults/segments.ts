// One byte of one file of one copy of a shard, turned over and turned back. It writes in place and never makes a file longer,
// shorter or new.
import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { OpsError } from '../../errors/index.ts'

/** Every file of Lucene ends in sixteen bytes that are looked at whenever it is opened. */
const footerBytes = 16

export interface ShardName {
  readonly index: string
  readonly shard: number
}

/** `crm.app-2025.04.10[1]`; without a number the first shard. */
export function parseShard(text: string): ShardName {
  const [, index, shard = '0'] = /^([^[\]]+)(?:\[(\d+)\])?$/.exec(text) ?? []
  if (index !== undefined) return { index, shard: Number(shard) }
  throw new OpsError('USAGE', { message: `${text} is no shard`, hint: "such as 'crm.app-2025.04.10[1]'" })
}

export interface SizedFile {
  readonly name: string
  readonly bytes: number
}

/** The largest one that holds documents; what says which segments there are is left alone. */
export const chooseSegment = (files: readonly SizedFile[]): SizedFile | undefined =>
  files
    .filter(({ name, bytes }) => /^_[0-9a-z]+[._]/.test(name) && bytes > footerBytes)
    .toSorted((a, b) => b.bytes - a.bytes || a.name.localeCompare(b.name))[0]

export function listSegments(directory: string): readonly SizedFile[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory).map(name => ({ name, bytes: statSync(join(directory, name)).size }))
}

export interface Flip {
  readonly file: string
  readonly offset: number
  readonly was: number
}

/** Where the server looks when it opens the file. */
export function planFlip(file: string): Flip {
  const offset = statSync(file).size - footerBytes
  return { file, offset, was: readByte(file, offset) }
}

export const flipByte = ({ file, offset, was }: Flip): void => writeByte(file, offset, was ^ 0xff)

/** Says whether there was anything to turn back: a copy that was made anew has other files. */
export function unflipByte({ file, offset, was }: Flip): boolean {
  if (!existsSync(file) || statSync(file).size !== offset + footerBytes) return false
  if (readByte(file, offset) !== (was ^ 0xff)) return false
  writeByte(file, offset, was)
  return true
}

/** A server that has met the damage leaves a note beside it, and does not open the copy as long as that is there. */
export function removeVerdicts(directory: string): void {
  if (!existsSync(directory)) return
  for (const name of readdirSync(directory))
    if (name.startsWith('corrupted_')) rmSync(join(directory, name), { force: true })
}

function readByte(file: string, offset: number): number {
  const handle = openSync(file, 'r')
  try {
    const byte = Buffer.alloc(1)
    readSync(handle, byte, 0, 1, offset)
    return byte[0] ?? 0
  } finally {
    closeSync(handle)
  }
}

function writeByte(file: string, offset: number, value: number): void {
  const handle = openSync(file, 'r+')
  try {
    writeSync(handle, Buffer.from([value]), 0, 1, offset)
  } finally {
    closeSync(handle)
  }
}
