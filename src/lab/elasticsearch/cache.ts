// Where built Elasticsearch homes are kept between labs: in a place that the nodes' user can read.
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import { canNodeUserEnter, isRoot } from '../process/user.ts'

/** OPS_CACHE, else /var/cache/ops for root (whose own home nobody else may enter), else ~/.cache/ops. */
export function cacheDir(): string {
  const { OPS_CACHE, XDG_CACHE_HOME } = process.env
  const own = join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'ops')
  const directory = OPS_CACHE || (isRoot() ? '/var/cache/ops' : own)
  mkdirSync(directory, { recursive: true })
  if (!canNodeUserEnter(directory)) {
    throw new OpsError('LAB_FAILED', {
      message: `the unprivileged user that runs the nodes cannot enter ${directory}`,
      hint: 'set OPS_CACHE to a directory that everybody may enter',
    })
  }
  return directory
}
