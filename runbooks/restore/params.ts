// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'

const mostReplicas = 5

export const repositoryName = z
  .string()
  .min(1)
  .default('elk_backup')
  .meta({ title: 'name' })
  .describe('The repository that holds the snapshot')

export const snapshotName = z
  .string()
  .min(1)
  .default('latest')
  .meta({ title: 'name' })
  .describe('The snapshot; latest is the newest whole one that ops has taken')

export const patternList = z
  .string()
  .regex(/^[^,\s]+(,[^,\s]+)*$/, 'must be names or patterns with commas between them')
  .meta({ title: 'patterns' })

export const params = z
  .strictObject({
    repository: repositoryName,
    snapshot: snapshotName,
    indices: patternList.describe('Indices of the snapshot, * allowed'),
    into: z
      .enum(['renamed', 'place'])
      .default('renamed')
      .describe('Beside what is there, under restored-RUN-NAME; or for real, under their own names'),
    replicas: z
      .number()
      .int()
      .min(0)
      .max(mostReplicas)
      .optional()
      .describe('Replicas of what is restored (default: none where renamed, else as in the snapshot)'),
    keep: z
      .boolean()
      .default(false)
      .describe('Keep renamed indices for a look at them when the restore fails'),
    stopWriters: z
      .boolean()
      .default(false)
      .describe('With --into place: stop the instances of Logstash for as long as it takes'),
    backfill: z
      .boolean()
      .default(false)
      .describe(
        'With --stop-writers: set consumers back to the start of the snapshot, to read the gap again',
      ),
    margin: duration
      .default('10m')
      .describe('How much earlier than the start of the snapshot they begin to read again'),
    incident: z
      .string()
      .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/, 'must be a time in UTC: 2025-04-10T08:00Z')
      .optional()
      .meta({ title: 'time' })
      .describe('When the data was lost, for the report (default: when the run begins)'),
    stall: duration
      .default('10m')
      .describe('How long shards may come no nearer before the restore has failed'),
  })
  .superRefine(({ into, keep, stopWriters, backfill }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (into === 'place' && keep) refuse('keep', 'is for renamed indices, not for --into place')
    if (into === 'renamed' && stopWriters) refuse('stopWriters', 'needs --into place')
    if (backfill && !stopWriters) refuse('backfill', 'needs --stop-writers')
  })

export type RestoreParams = z.infer<typeof params>
