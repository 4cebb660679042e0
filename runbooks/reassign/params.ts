// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'

const names = (title: string) =>
  z
    .string()
    .regex(/^[^,\s]+(,[^,\s]+)*$/, 'must be names with commas between them')
    .meta({ title })

const percent = z
  .string()
  .regex(/^([1-9]|[1-9]\d)%$/, 'must be a share between 1% and 99%')
  .meta({ title: 'percent' })

const bytesPerSecond = z
  .string()
  .regex(/^[1-9]\d*(KB|MB|GB)$/, 'must be a number of bytes with a unit: 500KB, 50MB or 1GB')
  .meta({ title: 'size' })

const mostCopies = 10
const mostMoves = 1000

export const params = z
  .strictObject({
    add: names('hosts').optional().describe('Brokers that are new: fill them to their share'),
    drain: names('hosts').optional().describe('Brokers that are to hold nothing in the end'),
    rebalance: z.boolean().default(false).describe('Mend rack spread and bring every broker near its share'),
    raiseRf: z
      .number()
      .int()
      .min(2)
      .max(mostCopies)
      .optional()
      .describe('Copies that each partition of --topic has afterwards'),
    topic: names('topics').optional().describe('Topics that get more copies, with --raise-rf'),
    throttle: bytesPerSecond
      .default('50MB')
      .describe('Bytes per second that a broker copies at most; more where producers write more than that'),
    batch: z
      .number()
      .int()
      .min(1)
      .max(mostMoves)
      .default(5)
      .describe('Moves that a broker takes part in at a time, to begin with'),
    within: percent
      .default('5%')
      .describe('How far from its share a broker may be and still count as balanced'),
    diskLimit: percent.default('85%').describe('How full a disk may get at any moment'),
    stall: duration.default('10m').describe('How long copies may come no nearer before the run stops'),
  })
  .superRefine(({ add, drain, rebalance, raiseRf, topic }, context) => {
    const goals = [add, drain, rebalance || undefined, raiseRf].filter(goal => goal !== undefined)
    if (goals.length !== 1)
      context.addIssue({
        code: 'custom',
        path: ['add'],
        message: 'or one of --drain, --rebalance and --raise-rf must be given, and only one of them',
      })
    if ((raiseRf === undefined) !== (topic === undefined))
      context.addIssue({ code: 'custom', path: ['topic'], message: 'and --raise-rf must be given together' })
  })

export type ReassignParams = z.infer<typeof params>

const units = { KB: 1000, MB: 1000 ** 2, GB: 1000 ** 3 } as const

/** Bytes of a size that the schema has let through. */
export function sizeBytes(text: string): number {
  const [, amount, unit] = /^(\d+)(KB|MB|GB)$/.exec(text) ?? []
  return Number(amount) * units[unit as keyof typeof units]
}

/** `0.05` of `5%`. */
export const shareOf = (text: string): number => Number.parseInt(text, 10) / 100

export const namesIn = (text: string | undefined): readonly string[] => text?.split(',') ?? []
