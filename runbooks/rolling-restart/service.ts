// Restarting, starting and asking for the service of one node: always a playbook run, with Ansible's answer as an outcome.
import { type AnsibleEvent, type Json, outcomeError, type Run } from '#sdk'

/** Ansible sends a sign of life every 15 s; a node may take minutes to close its shards. */
const stallMs = 120_000
const stopTimeoutSeconds = 600

/** One play that stops the service and starts it again. */
export interface ServiceRestart {
  readonly stopped: Promise<void>
  readonly started: Promise<void>
}

export function restartService(run: Run, node: string): ServiceRestart {
  const { promise: stopped, resolve, reject } = Promise.withResolvers<void>()
  const started = play(run, node, 'service_restart.yml', ({ kind, task }) => {
    if (kind === 'host.ok' && task === 'Say that the service has stopped') resolve()
  }).then(() => resolve())
  // Whoever waits for one of them hears of it; the other must not end the process.
  started.catch(reject)
  stopped.catch(() => {})
  return { stopped, started }
}

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

async function play(
  run: Run,
  node: string,
  playbook: string,
  hear: (event: AnsibleEvent) => void = () => {},
): Promise<Json> {
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
    onEvent: event => {
      if (event.kind === 'task' && event.task !== null) run.progress(node, event.task)
      hear(event)
    },
  })
  if (result.outcomes.get(node)?.state !== 'ok') throw outcomeError(node, result)
  return result.results.get(node) ?? null
}
