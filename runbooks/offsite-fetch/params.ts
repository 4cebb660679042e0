// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { repositoryName, speed } from '../offsite-copy/params.ts'

export const params = z.strictObject({
  repository: repositoryName.default('elk_backup').describe('The repository whose copy is fetched'),
  as: repositoryName.default('elk_offsite_copy').describe('Name under which it is registered, read-only'),
  into: z
    .string()
    .startsWith('/')
    .optional()
    .meta({ title: 'directory' })
    .describe('Directory on every node for the files (default: ops-fetched/NAME in es_repo_dir)'),
  ...speed,
})

export type FetchParams = z.infer<typeof params>
