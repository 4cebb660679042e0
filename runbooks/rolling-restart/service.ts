// Stopping, starting and asking for the service of one node: always a playbook run, with Ansible's answer as an outcome.
import { type HostOutcome, type Json, OpsError, type PlayResult, type Run } from '#sdk'

/** Ansible sends a sign of life every 15 s; a node may take minutes to close its shards. */
const stallMs = 120_000
const stopTimeoutSeconds = 600

export const stopService = (run: Run, node: string): Promise<Json> => play(run, node, 'service_stop.yml')
export const startService = (run: Run, node: string): Promise<Json> => play(run, node, 'service_start.yml')

interface ServiceSeen {
  /** The service's process runs on its host, whatever the cluster thinks of it. */
  readonly running: boolean
  /** What it said last, where it has ended. */
  readonly lastWords: string | null
}

export async function lookAtService(run: Run, node: string): Promise<ServiceSeen> {
  const result = await play(run, node, 'service_status.yml')
  const { state, last_words: words } = (result ?? {}) as { readonly state?: Json; readonly last_words?: Json }
  return { running: state === 'running', lastWords: typeof words === 'string' && words !== '' ? words : null }
}

export const isServiceRunning = async (run: Run, node: string): Promise<boolean> =>
  (await lookAtService(run, node)).running

async function play(run: Run, node: string, playbook: string): Promise<Json> {
  const result = await run.ansible.play({
    playbook,
    hosts: [node],
    vars: {
      ops_service: 'elasticsearch',
      ops_run: run.id,
      ops_fencing: run.fencing,
      ops_stop_timeout_seconds: stopTimeoutSeconds,
    },
    stallMs,
    signal: run.signal,
    onEvent: ({ task, kind }) => {
      if (kind === 'task' && task !== null) run.progress(node, task)
    },
  })
  const outcome = result.outcomes.get(node)
  if (outcome?.state !== 'ok') throw playError(node, result, outcome)
  return result.results.get(node) ?? null
}

function playError(node: string, { playbook, log }: PlayResult, outcome: HostOutcome | undefined): OpsError {
  const hint = `Ansible's own output: ${log}`
  switch (outcome?.state) {
    case 'failed':
      return new OpsError('ANSIBLE_FAILED', {
        message: `${playbook} failed on ${node}: ${outcome.message}`,
        hint,
      })
    case 'unreachable':
      return new OpsError('ANSIBLE_UNREACHABLE', {
        message: `Ansible cannot reach ${node}: ${outcome.message}`,
        hint,
      })
    default:
      return new OpsError('ANSIBLE_UNKNOWN', {
        message: `${playbook} ended without saying what happened on ${node}`,
        hint,
      })
  }
}
