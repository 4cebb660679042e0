// One cached document, encrypted. Whose it is, its path, version and times are authenticated with it, so that none can be swapped for
// another, made younger, or taken from somewhere else.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Values } from '../documents.ts'

export interface CachedDocument {
  readonly path: string
  readonly version: number
  readonly createdAtMs: number
  readonly cachedAtMs: number
  readonly values: Values
}

export const entryShape = z.object({
  version: z.int(),
  createdAtMs: z.number(),
  cachedAtMs: z.number(),
  iv: z.base64(),
  tag: z.base64(),
  data: z.base64(),
})
export type Entry = z.output<typeof entryShape>

const cipher = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

type Place = Omit<CachedDocument, 'values'>

const seal = (owner: string, { path, version, createdAtMs, cachedAtMs }: Place): Buffer =>
  Buffer.from(JSON.stringify(['ops vault cache 1', owner, path, version, createdAtMs, cachedAtMs]))

export function encrypt(key: Buffer, owner: string, { values, ...place }: CachedDocument): Entry {
  const iv = randomBytes(ivBytes)
  const sealer = createCipheriv(cipher, key, iv, { authTagLength: tagBytes })
  sealer.setAAD(seal(owner, place))
  const data = Buffer.concat([sealer.update(JSON.stringify(values), 'utf8'), sealer.final()])
  const { version, createdAtMs, cachedAtMs } = place
  return {
    version,
    createdAtMs,
    cachedAtMs,
    iv: iv.toString('base64'),
    tag: sealer.getAuthTag().toString('base64'),
    data: data.toString('base64'),
  }
}

/** `null`: it is not what was written there. */
export function decrypt(key: Buffer, owner: string, path: string, entry: Entry): CachedDocument | null {
  const { version, createdAtMs, cachedAtMs } = entry
  const place = { path, version, createdAtMs, cachedAtMs }
  try {
    const opener = createDecipheriv(cipher, key, Buffer.from(entry.iv, 'base64'), { authTagLength: tagBytes })
    opener.setAAD(seal(owner, place))
    opener.setAuthTag(Buffer.from(entry.tag, 'base64'))
    const text = Buffer.concat([opener.update(Buffer.from(entry.data, 'base64')), opener.final()])
    return { ...place, values: JSON.parse(text.toString('utf8')) as Values }
  } catch {
    return null
  }
}
