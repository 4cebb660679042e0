// The lines of the callback plugin, parsed at the edge. A line that is not as expected is counted, never guessed at.
import { z } from 'zod'
import type { AnsibleEvent } from '../../ports/ansible.ts'
import type { Json } from '../../ports/json.ts'

const kinds = [
  'begin',
  'play',
  'task',
  'host.started',
  'host.ok',
  'host.failed',
  'host.unreachable',
  'host.skipped',
  'host.retry',
  'host.item',
  'host.poll',
  'handler',
  'heartbeat',
  'end',
] as const satisfies readonly AnsibleEvent['kind'][]

const count = z.int().nonnegative()
const recap = z.object({
  ok: count,
  changed: count,
  failures: count,
  dark: count,
  skipped: count,
  rescued: count,
  ignored: count,
})
/** What Ansible itself counted for one host. */
export type Recap = z.infer<typeof recap>

/** What a task said; in a file of its own where it is long. */
const payload = z.object({
  message: z.string().nullish(),
  diff: z.string().optional(),
  result: z.json().optional(),
  item: z.json().optional(),
})
export type Payload = z.infer<typeof payload>

const line = payload.extend({
  seq: count,
  kind: z.enum(kinds),
  time: z.number(),
  monotonic: z.number(),
  play: z.string().optional(),
  task: z.string().optional(),
  task_uuid: z.string().optional(),
  host: z.string().optional(),
  delegated_to: z.string().nullish(),
  changed: z.boolean().default(false),
  ignored: z.boolean().default(false),
  rescued: z.boolean().default(false),
  /** The failure ends the play for every host. */
  fatal: z.boolean().default(false),
  is_handler: z.boolean().default(false),
  run_once: z.boolean().default(false),
  status: z.string().optional(),
  attempts: z.number().optional(),
  retries: z.number().optional(),
  job: z.string().optional(),
  seconds: z.number().optional(),
  no_log: z.boolean().optional(),
  /** File beside the events that holds the payload. */
  spill: z.string().optional(),
  truncated: z.boolean().optional(),
  /** A play that matched no host. */
  empty: z.boolean().optional(),
  /** The plugin could not tell an event. */
  lost: z.string().optional(),
  recap: z.record(z.string(), recap).optional(),
})
export type PluginEvent = z.infer<typeof line>

/** One line of the events file; `null` where it is not one. */
export function parseLine(text: string): PluginEvent | null {
  const parsed = line.safeParse(parseJson(text))
  return parsed.success ? parsed.data : null
}

/** The content of a spill file; `null` where it was cut off. */
export function parsePayload(text: string): Payload | null {
  const parsed = payload.safeParse(parseJson(text))
  return parsed.success ? parsed.data : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Replaces every string inside, so that no secret gets past by being nested. */
export function redactDeep(value: Json, redact: (text: string) => string): Json {
  if (typeof value === 'string') return redact(value.toWellFormed())
  if (Array.isArray(value)) return value.map(one => redactDeep(one, redact))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined)
  return Object.fromEntries(entries.map(([name, one]) => [redact(name), redactDeep(one, redact)]))
}

/** The event in the words of the port. */
export function toAnsibleEvent(event: PluginEvent): AnsibleEvent {
  return {
    seq: event.seq,
    atMs: event.time * 1000,
    kind: event.kind,
    host: event.host ?? null,
    delegatedTo: event.delegated_to ?? null,
    play: event.play ?? null,
    task: event.task ?? null,
    changed: event.changed,
    forgiven: event.ignored ? 'ignored' : event.rescued ? 'rescued' : null,
    message: messageOf(event),
  }
}

function messageOf(event: PluginEvent): string | null {
  if (event.kind === 'host.retry') return `attempt ${event.attempts ?? '?'} of ${event.retries ?? '?'}`
  if (event.kind === 'host.item') {
    const item = typeof event.item === 'string' ? event.item : JSON.stringify(event.item ?? null)
    return [item, event.status, event.message].filter(part => part != null && part !== '').join(': ')
  }
  return event.message ?? event.lost ?? null
}
