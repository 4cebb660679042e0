// The playbooks of the role offsite_copy on one host. A host that does not do what was asked is an error with its words.
import { durationMs, type Json, type JsonObject, type Look, outcomeError, type Run } from '#sdk'
import { type Ends, readEnds } from './marker.ts'

/** Ansible sends a sign of life every 15 s; how long nothing may move is rclone's own limit on the host. */
const stallMs = 120_000

interface Asked {
  readonly host: string
  readonly repository: string
}

/** @throws OpsError ANSIBLE_FAILED, ANSIBLE_UNREACHABLE, ANSIBLE_UNKNOWN */
export async function lookAtEnds(
  { ansible }: Pick<Look, 'ansible'>,
  { host, repository }: Asked,
  more: JsonObject,
): Promise<Ends> {
  const vars = { offsite_copy_repository: repository, ...more }
  const played = await ansible.play({ playbook: 'offsite_look.yml', hosts: [host], vars, stallMs })
  if (played.outcomes.get(host)?.state !== 'ok') throw outcomeError(host, played)
  return readEnds(played.results.get(host))
}

export async function playOn(
  run: Run,
  playbook: string,
  { host, repository }: Asked,
  more: JsonObject,
): Promise<Json> {
  const played = await run.ansible.play({
    ...{ playbook, hosts: [host], stallMs, signal: run.signal },
    vars: { offsite_copy_repository: repository, offsite_copy_run: run.id, ...more },
    onEvent: ({ kind, task }) => {
      if (kind === 'task' && task !== null) run.progress(repository, task)
    },
  })
  if (played.outcomes.get(host)?.state !== 'ok') throw outcomeError(host, played)
  return played.results.get(host) ?? null
}

export const speedVars = (given: {
  readonly transfers: number
  readonly giveUp: string
  readonly bwlimit?: string | undefined
}): JsonObject => ({
  offsite_copy_transfers: given.transfers,
  offsite_copy_stall_seconds: Math.ceil(durationMs(given.giveUp) / 1000),
  ...(given.bwlimit === undefined ? {} : { offsite_copy_bwlimit: given.bwlimit }),
})
