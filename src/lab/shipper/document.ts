// One record of the topic as a document: which index, which id. The id comes from the message and never from its offset, so
// that a message that is read twice, or written twice, is one document. Pure.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { dailyIndex } from '../elasticsearch/content.ts'

export interface ShippedDocument {
  readonly id: string
  readonly index: string
  readonly source: object
}

const line = z.looseObject({
  id: z.string().optional(),
  tag: z.string().optional(),
  '@timestamp': z.iso.datetime().optional(),
})

export function toDocument(value: Buffer | null, receivedMs: number): ShippedDocument {
  const text = value?.toString('utf8') ?? ''
  const source = parseLine(text, receivedMs)
  const { id = hashOf(text), tag = 'untagged', '@timestamp': at = '' } = source
  return { id, index: dailyIndex(tag, new Date(at)), source }
}

/** What is no line of ours becomes a message as it is, as of when the broker got it. */
function parseLine(text: string, receivedMs: number): z.infer<typeof line> {
  const received = { '@timestamp': new Date(receivedMs).toISOString() }
  try {
    return { ...received, ...line.parse(JSON.parse(text)) }
  } catch {
    return { ...received, message: text }
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
