// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'

const mostKept = 1000
const kept = (usual: number, least: number, what: string) =>
  z.number().int().min(least).max(mostKept).default(usual).describe(what)

export const params = z.strictObject({
  repository: z
    .string()
    .regex(/^[^,\s]+(,[^,\s]+)*$/, 'must be names with commas between them')
    .default('elk_backup')
    .meta({ title: 'names' })
    .describe('Repositories to prune; one that cannot be does not keep the others from it'),
  daily: kept(14, 1, 'Days of which one snapshot each is kept, the latest ones'),
  weekly: kept(8, 0, 'Weeks of which one snapshot each is kept'),
  monthly: kept(12, 0, 'Months of which one snapshot each is kept'),
  minGood: kept(7, 1, 'Good snapshots that are kept whatever their age'),
  failedDays: kept(7, 1, 'Days after which a snapshot that is not whole may go'),
  cleanup: z.boolean().default(false).describe('Delete what no snapshot refers to any more afterwards'),
})

export type PruneParams = z.infer<typeof params>

export const repositoriesIn = ({ repository }: Pick<PruneParams, 'repository'>): readonly string[] => [
  ...new Set(repository.split(',')),
]
