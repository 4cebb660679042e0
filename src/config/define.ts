// ops.config.ts: policies of one checkout, typed by `defineConfig`. Every field has a default; a missing file is fine.
import { z } from 'zod'
import { OpsError } from '../errors/index.ts'
import { secretsShape } from './secrets.ts'

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day as HH:MM')

const scheduleShape = z.strictObject({
  /** Name of the job: in the ledger, in metrics, in `ops schedule list`. */
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower case letters, digits and dashes'),
  /** The runbook to run; the id of the schedule where it is not said. */
  runbook: z.string().optional(),
  /** Its parameters, by the names that `ops runbooks show` has. */
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  /** Minute, hour, day of month, month, day of week; a sixth field in front of them is seconds. */
  cron: z.string(),
  /** The zone in which `cron` is read. */
  timezone: z.string().default('UTC'),
  /** Due times at which no scheduler was awake: run once for all of them, leave them, or leave them and raise an alarm. */
  catchUp: z.enum(['once', 'skip', 'alert']).default('once'),
  /** Due while the run before is under way or a lock is held: wait until the next due time, or leave it. */
  overlap: z.enum(['queue', 'skip']).default('queue'),
  /** Starts up to so many seconds late, by a number that is always the same for one due time. */
  jitterSeconds: z.int().nonnegative().default(0),
  enabled: z.boolean().default(true),
  /** The watchdog raises an alarm when the last success is older. */
  maxAgeHours: z.number().positive().nullable().default(null),
  /** Runs on freeze days too: a backup changes nothing that a freeze protects. */
  ignoresFreeze: z.boolean().default(false),
})

const maintenanceShape = z.strictObject({
  /** The zone of windows and freeze days. */
  timezone: z.string().default('UTC'),
  /** When people work on the platform: no scheduled job starts. `to` before `from` is on the next day. */
  windows: z
    .array(
      z.strictObject({
        days: z
          .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
          .min(1)
          .default(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']),
        from: clockTime,
        to: clockTime,
        reason: z.string().default('maintenance'),
      }),
    )
    .default([]),
  /** Whole days, `2026-12-24`, on which nothing is changed. */
  freezeDays: z.array(z.iso.date('must be a day as YYYY-MM-DD')).default([]),
})

export const configShape = z.strictObject({
  approvals: z
    .strictObject({
      /** Minutes for which an approval counts once it is given. */
      minutes: z.number().positive().default(30),
      /** Whether a person may approve what he or she asked for. */
      selfApproval: z.boolean().default(false),
    })
    .prefault({}),
  schedules: z.array(scheduleShape).default([]),
  maintenance: maintenanceShape.prefault({}),
  /** Secrets that `rotate-secrets` rotates; src/config/secrets.ts has their fields. */
  secrets: secretsShape.default([]),
})

export type Config = z.output<typeof configShape>
export type Schedule = z.output<typeof scheduleShape>
export type Maintenance = z.output<typeof maintenanceShape>

/** Checks the types of a config where it is written. */
export const defineConfig = (config: z.input<typeof configShape>): z.input<typeof configShape> => config

/** @throws OpsError CONFIG_INVALID naming the field */
export function parseConfig(value: unknown, file: string): Config {
  const parsed = configShape.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new OpsError('CONFIG_INVALID', {
    message: `${file}: ${issue?.path.join('.') || 'the config'}: ${issue?.message}`,
    hint: 'see src/config/define.ts and src/config/secrets.ts for every field',
  })
}
