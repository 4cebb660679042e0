// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'
import { patternList, repositoryName, snapshotName } from '../restore/params.ts'

const mostIndices = 1000

export const params = z.strictObject({
  repository: repositoryName,
  snapshot: snapshotName,
  indices: patternList.default('*').describe('Indices of the snapshot that take their turns, * allowed'),
  budget: z
    .string()
    .regex(/^([1-9]\d?%|[1-9]\d*(KB|MB|GB|TB))$/, 'must be a share (10%) or a number of bytes (50GB)')
    .default('10%')
    .meta({ title: 'size|percent' })
    .describe('Bytes that are restored in one night: a share of the free disk, or a size'),
  most: z.number().int().min(1).max(mostIndices).default(10).describe('How many indices in one night'),
  stall: duration.default('10m').describe('How long shards may come no nearer before the restore has failed'),
})

export type VerifyParams = z.infer<typeof params>

const units = { KB: 1000, MB: 1000 ** 2, GB: 1000 ** 3, TB: 1000 ** 4 } as const

/** Bytes of a budget that the schema has let through. */
export function budgetBytes(budget: string, freeBytes: number): number {
  if (budget.endsWith('%')) return Math.floor((freeBytes * Number.parseInt(budget, 10)) / 100)
  const [, amount, unit] = /^(\d+)(KB|MB|GB|TB)$/.exec(budget) ?? []
  return Number(amount) * units[unit as keyof typeof units]
}
