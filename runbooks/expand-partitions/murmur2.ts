// Where a record with a key goes: murmur2 as the Java client of Kafka has it, and kafkajs and librdkafka's `murmur2_random`
// after it. Pure. A producer with a partitioner of its own goes by other rules.

const seed = 0x9747b28c
const mix = 0x5bd1e995

export function murmur2(key: Uint8Array): number {
  const whole = key.length - (key.length % 4)
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  let hash = seed ^ key.length
  for (let at = 0; at < whole; at += 4) {
    let part = Math.imul(view.getInt32(at, true), mix)
    part = Math.imul(part ^ (part >>> 24), mix)
    hash = Math.imul(hash, mix) ^ part
  }
  const tail = key.subarray(whole)
  if (tail.length > 0) {
    for (const [at, byte] of tail.entries()) hash ^= byte << (8 * at)
    hash = Math.imul(hash, mix)
  }
  hash = Math.imul(hash ^ (hash >>> 13), mix)
  return hash ^ (hash >>> 15)
}

export const partitionOf = (key: Uint8Array, partitions: number): number =>
  (murmur2(key) & 0x7fffffff) % partitions
