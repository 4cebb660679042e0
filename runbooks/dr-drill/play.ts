// Playbooks of a drill as journalled steps. Each may be played again: it looks first at what is there.
import {
  type Json,
  type JsonObject,
  type Observation,
  OpsError,
  type PlayResult,
  type Run,
  sayOutcome,
} from '#sdk'

/** Results by host. */
export type Results = Readonly<Record<string, Json>>

interface Play {
  readonly playbook: string
  readonly hosts: readonly string[]
  readonly vars?: JsonObject
  readonly check?: boolean
}

interface PlayStep extends Play {
  readonly key: string
  readonly title: string
  /** Whether what it does is done already, however that came; by default the play itself finds out. */
  readonly observe?: () => Promise<Observation<Results>>
}

/** Ansible sends a sign of life every 15 s; the lab may take minutes to form a cluster. */
const stallMs = 300_000
const stopTimeoutSeconds = 600

export function playStep(run: Run, { key, title, observe, ...play }: PlayStep): Promise<Results> {
  return run.step({
    key,
    title,
    observe: observe ?? (async () => ({ state: 'not-done' })),
    apply: () => playOn(run, key, play),
    retries: 1,
  })
}

/** @throws OpsError naming every host that is not ok */
export async function playOn(run: Run, subject: string, { check, ...play }: Play): Promise<Results> {
  const result = await run.ansible.play({
    ...play,
    vars: {
      ...play.vars,
      ops_run: run.id,
      ops_fencing: run.fencing,
      ops_stop_timeout_seconds: stopTimeoutSeconds,
    },
    ...(check === true ? { check } : {}),
    stallMs,
    signal: run.signal,
    onEvent: ({ kind, task }) => {
      if (kind === 'task' && task !== null) run.progress(subject, task)
    },
  })
  const bad = play.hosts.filter(host => result.outcomes.get(host)?.state !== 'ok')
  if (bad.length > 0) throw failed(result, bad)
  return Object.fromEntries(result.results)
}

function failed({ playbook, outcomes, log }: PlayResult, bad: readonly string[]): OpsError {
  // Hosts that Ansible gave up because another one failed are no news; the one that failed is.
  const told = bad.filter(host => ['failed', 'unreachable'].includes(outcomes.get(host)?.state ?? ''))
  const named = (told.length > 0 ? told : bad).map(host => `${host}: ${sayOutcome(outcomes.get(host))}`)
  return new OpsError(told.length > 0 ? 'ANSIBLE_FAILED' : 'ANSIBLE_UNKNOWN', {
    message: `${playbook}: ${named.slice(0, 5).join('; ')}`,
    hint: `Ansible's own output: ${log}`,
  })
}
