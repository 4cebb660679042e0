// What more partitions do to the order of records with the same key. Pure.
import type { SampledRecord } from '#sdk'
import { partitionOf } from './murmur2.ts'

export interface KeyReading {
  readonly records: number
  readonly keyed: number
  /** Different keys. */
  readonly keys: number
  /** Of them, those whose records go to another partition afterwards. */
  readonly moved: number
  /** Of them, those that lie where murmur2 puts them: fewer than all mean that some producer has rules of its own. */
  readonly asMurmur2: number
}

export function readKeys(sample: readonly SampledRecord[], from: number, to: number): KeyReading {
  const keyed = sample.flatMap(({ key, partition }) => (key === null ? [] : [{ key, partition }]))
  const byKey = new Map(keyed.map(one => [Buffer.from(one.key).toString('base64'), one]))
  const keys = [...byKey.values()]
  return {
    records: sample.length,
    keyed: keyed.length,
    keys: keys.length,
    moved: keys.filter(({ key }) => partitionOf(key, from) !== partitionOf(key, to)).length,
    asMurmur2: keys.filter(({ key, partition }) => partitionOf(key, from) === partition).length,
  }
}
