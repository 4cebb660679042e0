// What a member of the shipper counts, and the same in the shape of Logstash's `GET /_node/stats/pipelines`. Pure.
import type { MemberConfig, ShipperSettings } from './config.ts'

export interface Counters {
  /** Records read, and messages that the sink has acknowledged or refused for good. */
  in: number
  out: number
  /** Refused for good: each is logged and left out. */
  refused: number
  /** Tries that the sink answered with "later" or not at all. */
  retried: number
  /** Messages that the sink had already. */
  repeated: number
  /** Time spent in the sink. */
  sinkMs: number
  /** Answers of the sink by status: 401 is one that does not let us in. */
  responses: Record<string, number>
}

export const zeroCounters = (): Counters => ({
  in: 0,
  out: 0,
  refused: 0,
  retried: 0,
  repeated: 0,
  sinkMs: 0,
  responses: {},
})

export function countResponse({ responses }: Counters, status: number): void {
  responses[status] = (responses[status] ?? 0) + 1
}

/** The fields of Logstash 8 that a monitor reads; what the shipper has no notion of is zero or empty. */
export function renderStats(
  { name, address, port, sink }: MemberConfig,
  settings: ShipperSettings,
  { in: read, out, refused, retried, repeated, sinkMs, responses }: Readonly<Counters>,
): object {
  const input = { id: 'kafka_input', name: 'kafka', events: { out: read, queue_push_duration_in_millis: 0 } }
  const output = {
    id: `${sink.kind}_output`,
    name: sink.kind,
    events: { in: read, out, duration_in_millis: Math.round(sinkMs) },
    bulk_requests: { successes: responses['200'] ?? 0, responses },
    documents: {
      successes: out - refused - repeated,
      retryable_failures: retried,
      non_retryable_failures: refused + repeated,
    },
  }
  return {
    host: name,
    // It is not Logstash, and says so where Logstash says its version.
    version: 'stand-in',
    http_address: `${address}:${port}`,
    id: name,
    name,
    ephemeral_id: name,
    status: 'green',
    snapshot: false,
    pipeline: { workers: settings.consumer_threads, batch_size: settings.max_poll_records, batch_delay: 0 },
    pipelines: {
      main: {
        events: {
          in: read,
          filtered: out,
          out,
          duration_in_millis: Math.round(sinkMs),
          queue_push_duration_in_millis: 0,
        },
        plugins: { inputs: [input], codecs: [], filters: [], outputs: [output] },
        reloads: {
          successes: 0,
          failures: 0,
          last_success_timestamp: null,
          last_failure_timestamp: null,
          last_error: null,
        },
        queue: { type: 'memory', events_count: 0, queue_size_in_bytes: 0, max_queue_size_in_bytes: 0 },
      },
    },
  }
}
