// Restarting, starting and asking for the service of one node: always a playbook run, with Ansible's answer as an outcome.
import {
  type AnsibleEvent,
  type Json,
  OpsError,
  outcomeError,
  type PlayRequest,
  type PlayResult,
  type Run,
  toOpsError,
} from '#sdk'

/** Ansible sends a sign of life every 15 s; a node may take minutes to close its shards. */
const stallMs = 120_000
const stopTimeoutSeconds = 600
const askAgainMs = 5000

/** Of which service a host has one process. */
export type ServiceName = 'elasticsearch' | 'kafka'

/** One play that stops the service and starts it again. */
export interface ServiceRestart {
  readonly stopped: Promise<void>
  readonly started: Promise<void>
}

/** A restart whose Ansible has started already. It changes nothing until the word. */
export interface PreparedRestart {
  go(): ServiceRestart
  dismiss(): Promise<void>
}

export function prepareRestart(run: Run, node: string, service: ServiceName): PreparedRestart {
  const { promise: stopped, resolve, reject } = Promise.withResolvers<void>()
  let gone = false
  const request = requestFor(run, node, service, 'service_restart.yml', ({ kind, task }) => {
    // While it waits, the line of this node is somebody else's.
    if (gone && kind === 'task' && task !== null) run.progress(node, task)
    if (kind === 'host.ok' && task === 'Say that the service has stopped') resolve()
  })
  const preparing = run.ansible.prepare(request)
  // Why it cannot be prepared is said when it is needed.
  preparing.catch(() => {})
  return {
    go: () => {
      gone = true
      const started = preparing
        .then(play => play.go())
        .then(result => resultOf(node, result))
        .then(() => resolve())
      // Whoever waits for one of them hears of it; the other must not end the process.
      started.catch(reject)
      stopped.catch(() => {})
      return { stopped, started }
    },
    dismiss: () =>
      preparing.then(
        play => play.dismiss(),
        () => {},
      ),
  }
}

export const startService = (run: Run, node: string, service: ServiceName): Promise<Json> =>
  play(run, node, service, 'service_start.yml')

/** What is known of the service's process on its host, whatever the cluster thinks of the node. */
type ServiceSeen =
  | { readonly state: 'running'; readonly pid: number | null }
  /** With what it said last. */
  | { readonly state: 'ended'; readonly lastWords: string | null }
  /** The host may be on its way up. */
  | { readonly state: 'unreachable'; readonly problem: string }

export async function lookAtService(run: Run, node: string, service: ServiceName): Promise<ServiceSeen> {
  try {
    const result = (await play(run, node, service, 'service_status.yml')) ?? {}
    const { state, pid, last_words: words } = result as Readonly<Record<string, Json>>
    if (state === 'running') return { state, pid: Number(pid) || null }
    return { state: 'ended', lastWords: typeof words === 'string' && words !== '' ? words : null }
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (code !== 'ANSIBLE_UNREACHABLE') throw thrown
    return { state: 'unreachable', problem: message }
  }
}

/**
 * As `lookAtService`, of a host that may be on its way up: it is asked until it answers.
 * @throws OpsError NODE_NOT_BACK when it has not answered after `giveUpMs`
 */
export function askService(
  run: Run,
  node: string,
  service: ServiceName,
  giveUpMs: number,
): Promise<Exclude<ServiceSeen, { state: 'unreachable' }>> {
  return run.wait({
    subject: node,
    title: 'asks its host',
    everyMs: askAgainMs,
    stallMs: giveUpMs,
    ceilingMs: giveUpMs,
    poll: async () => {
      const seen = await lookAtService(run, node, service)
      return seen.state === 'unreachable' ? { progress: null, text: seen.problem } : { done: seen }
    },
    orElse: lastSeen =>
      new OpsError('NODE_NOT_BACK', {
        message: `${node} is away, and nobody knows whether it runs: ${lastSeen}`,
        hint: `reach its host, then: ops resume ${run.id} · to give up on it: ops abort ${run.id}`,
      }),
  })
}

async function play(run: Run, node: string, service: ServiceName, playbook: string): Promise<Json> {
  const request = requestFor(run, node, service, playbook, ({ kind, task }) => {
    if (kind === 'task' && task !== null) run.progress(node, task)
  })
  return resultOf(node, await run.ansible.play(request))
}

function requestFor(
  run: Run,
  node: string,
  service: ServiceName,
  playbook: string,
  onEvent: (event: AnsibleEvent) => void,
): PlayRequest {
  return {
    playbook,
    hosts: [node],
    vars: {
      ops_service: service,
      ops_run: run.id,
      ops_fencing: run.fencing,
      ops_stop_timeout_seconds: stopTimeoutSeconds,
    },
    stallMs,
    signal: run.signal,
    onEvent,
  }
}

function resultOf(node: string, result: PlayResult): Json {
  if (result.outcomes.get(node)?.state !== 'ok') throw outcomeError(node, result)
  return result.results.get(node) ?? null
}
