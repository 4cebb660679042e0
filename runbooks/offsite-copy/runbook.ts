// The offsite copy of a snapshot repository: with rclone, in passes that leave a reader a whole copy at every moment.
import { defineRunbook } from '#sdk'
import { applyCopy } from './apply.ts'
import { lookAtCopy } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planCopy } from './plan.ts'

export default defineRunbook({
  id: 'offsite-copy',
  summary: 'Copy a snapshot repository to an S3-compatible store, so that a reader never sees half of it',
  example: 'ops run offsite-copy --repository elk_backup --bwlimit 50M',
  params,
  locks: (_facts, { repository }) => [`repo:${repository}`],
  look: lookAtCopy,
  gates,
  plan: planCopy,
  apply: (run, { details }, given) => applyCopy(run, details, given),
})
