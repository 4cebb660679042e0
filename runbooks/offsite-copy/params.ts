// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'

/** Names that may stand in a path and in an object's key. */
export const repositoryName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]*$/, 'must be lower case letters, digits, dots, dashes and underscores')
  .meta({ title: 'name' })

/** What moving files has to say, in either direction. */
export const speed = {
  host: z
    .string()
    .optional()
    .meta({ title: 'host' })
    .describe('The host that has the repository mounted and does the work (default: the first one)'),
  bwlimit: z
    .string()
    .regex(/^[0-9][0-9A-Za-z.:, ]*$/, 'must be as rclone takes it: 20M, or "08:00,10M 19:00,off"')
    .optional()
    .meta({ title: 'rate' })
    .describe('Bytes per second at most, such as 20M, or a timetable such as "08:00,10M 19:00,off"'),
  transfers: z.number().int().min(1).max(64).default(8).describe('Files that are moved at once'),
  giveUp: duration.default('10m').describe('How long nothing may move before it counts as stalled'),
}

export const params = z.strictObject({
  repository: repositoryName.default('elk_backup').describe('The repository that is copied'),
  ...speed,
  reread: z
    .boolean()
    .default(false)
    .describe(
      'Read the whole repository again, in place of remembering checksums of files that stay the same',
    ),
})

export type CopyParams = z.infer<typeof params>
