// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'
import { patternList } from '../restore/params.ts'
import { listIn } from '../restore/patterns.ts'
import { type CauseId, causeIds, type Risk } from '../triage/diagnosis.ts'

export const risks = ['none', 'reversible', 'moves-data', 'loses-data'] as const satisfies readonly Risk[]

const mostMoves = 50

const causeList = z
  .string()
  .refine(text => listIn(text).every(one => causeIds.includes(one as CauseId)), {
    message: `must be causes with commas between them: ${causeIds.join(', ')}`,
  })
  .meta({ title: 'causes' })

const names = (title: string) =>
  z
    .string()
    .regex(/^[^,\s]+(,[^,\s]+)*$/, 'must be names with commas between them')
    .meta({ title })

const lossList = z
  .string()
  .regex(
    /^[^,/\s*]+\/(\d+|all)(,[^,/\s*]+\/(\d+|all))*$/,
    'must be shards such as logs-000012/0, or logs-000012/all where a snapshot takes the place of the index',
  )
  .meta({ title: 'index/shard' })

export const params = z
  .strictObject({
    only: causeList.optional().describe('Only these causes of the triage'),
    index: patternList
      .optional()
      .describe('Only these indices; settings of the whole cluster are left alone'),
    maxRisk: z.enum(risks).default('moves-data').describe('Nothing that can harm more than this'),
    expiry: duration.default('30m').describe('How long a setting is lent, and a remedy waited for, at most'),
    batch: z.number().int().min(1).max(mostMoves).default(5).describe('Copies that are moved at a time'),
    gone: names('nodes').optional().describe('Nodes that do not come back, whatever is on their disks'),
    acceptLoss: lossList
      .optional()
      .describe('Shards of which an old or an empty copy may become the primary; asked for one by one'),
    importDangling: names('uuid|name')
      .optional()
      .describe('Indices that only lie on a disk, and are to be taken into the cluster'),
    stall: duration.default('10m').describe('How long nothing may move before a remedy has failed'),
  })
  .superRefine(({ acceptLoss, maxRisk }, context) => {
    if (acceptLoss === undefined || maxRisk === 'loses-data') return
    context.addIssue({ code: 'custom', path: ['acceptLoss'], message: 'needs --max-risk loses-data' })
  })

export type RerouteParams = z.infer<typeof params>

export const lossesIn = ({ acceptLoss }: Pick<RerouteParams, 'acceptLoss'>): readonly string[] =>
  listIn(acceptLoss ?? '')
export const goneIn = ({ gone }: Pick<RerouteParams, 'gone'>): readonly string[] => listIn(gone ?? '')
export const danglingIn = ({ importDangling }: Pick<RerouteParams, 'importDangling'>): readonly string[] =>
  listIn(importDangling ?? '')
