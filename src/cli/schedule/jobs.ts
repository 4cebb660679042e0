// The schedules of ops.config.ts as jobs: runbooks found, parameters parsed by their schemas. Everything that is wrong is told
// by the name of its field before anything is scheduled.
import type { z } from 'zod'
import { runbooks } from '../../../runbooks/index.ts'
import type { Config, Schedule } from '../../config/define.ts'
import { OpsError } from '../../errors/index.ts'
import type { JsonObject } from '../../ports/json.ts'
import { badField, checkSchedules } from '../../scheduler/check-schedules.ts'
import type { Job } from '../../scheduler/job.ts'
import { nearest } from '../nearest.ts'
import { describeParams } from '../params.ts'

const file = 'ops.config.ts'

/** @throws OpsError CONFIG_INVALID naming the field */
export async function readJobs(config: Config, now: Date): Promise<readonly Job[]> {
  checkSchedules(config, file, now)
  return Promise.all(config.schedules.map((schedule, at) => readJob(schedule, `schedules.${at}`)))
}

/** @throws OpsError USAGE with the nearest one */
export function findJob(jobs: readonly Job[], typed: string): Job {
  const job = jobs.find(({ id }) => id === typed)
  if (job !== undefined) return job
  const ids = jobs.map(({ id }) => id)
  const close = nearest(typed, ids)
  throw new OpsError('USAGE', {
    message: `there is no schedule ${typed} in ${file}`,
    hint: close === null ? 'list them: ops schedule list' : `did you mean ${close}?`,
  })
}

async function readJob(schedule: Schedule, field: string): Promise<Job> {
  const { id, enabled } = schedule
  const runbook = schedule.runbook ?? id
  const load = Object.hasOwn(runbooks, runbook) ? runbooks[runbook] : undefined
  if (load !== undefined)
    return { id, schedule, runbook, ...readParams((await load()).params, schedule, field) }
  // One that is switched off may wait for its runbook to be written.
  if (!enabled) return { id, schedule, runbook, args: [], params: {} }
  const close = nearest(runbook, Object.keys(runbooks))
  const hint = close === null ? '' : `; did you mean ${close}?`
  throw badField(file, `${field}.runbook`, `there is no runbook ${runbook}${hint}`)
}

function readParams(shape: z.ZodObject, { params }: Schedule, field: string): Pick<Job, 'args' | 'params'> {
  const known = describeParams(shape)
  const stray = Object.keys(params).find(name => known.every(param => param.name !== name))
  if (stray !== undefined) {
    const names = known.map(({ name }) => name)
    throw badField(
      file,
      `${field}.params.${stray}`,
      `the runbook takes ${names.join(', ') || 'no parameter'}`,
    )
  }
  const parsed = shape.safeParse(params)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw badField(
      file,
      [`${field}.params`, ...(issue?.path ?? [])].join('.'),
      issue?.message ?? 'is not valid',
    )
  }
  const args = known.flatMap(({ name, flag }) => {
    const value = params[name]
    if (value === undefined || value === false) return []
    return value === true ? [flag] : [`${flag}=${value}`]
  })
  return { args, params: parsed.data as JsonObject }
}
