// The brokers as they are now, read once for all who ask within a moment. Reads only.
import type { Clock, KafkaIdentity, PartitionState, Quorum, Reassignment, Run } from '#sdk'

export interface KafkaSeen {
  readonly identity: KafkaIdentity
  readonly partitions: readonly PartitionState[]
  readonly quorum: Quorum
  readonly reassignments: readonly Reassignment[]
}

/** No answer is older than `maxAgeMs`. */
export type KafkaWatch = (maxAgeMs: number) => Promise<KafkaSeen>

export function watchKafka({ kafka, clock }: Pick<Run, 'kafka'> & { clock: Clock }): KafkaWatch {
  let last: { readonly readMs: number; readonly seen: Promise<KafkaSeen> } | null = null
  const read = async (): Promise<KafkaSeen> => {
    const [identity, partitions, quorum, reassignments] = await Promise.all([
      kafka.identity(),
      kafka.partitions(),
      kafka.quorum(),
      kafka.reassignments(),
    ])
    return { identity, partitions, quorum, reassignments }
  }
  return maxAgeMs => {
    if (last === null || clock.monotonicMs() - last.readMs > maxAgeMs) {
      const seen = read()
      last = { readMs: clock.monotonicMs(), seen }
      // A failed look is nobody's answer but the asker's.
      seen.catch(() => {
        last = null
      })
    }
    return last.seen
  }
}
