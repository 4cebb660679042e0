// One playbook on some hosts as a journalled step. Every playbook here may be played again, so an outcome that is not known
// is found out by playing it once more.
import { type Json, OpsError, type Run, sayOutcome } from '#sdk'
import { readHandedBack } from './handed-back.ts'

export type Played = {
  readonly changed: readonly string[]
  /** As in `HandedBack`. */
  readonly restart: readonly string[]
  readonly warnings: readonly string[]
}

interface Play {
  readonly key: string
  readonly title: string
  readonly playbook: string
  readonly hosts: readonly string[]
  readonly vars?: Readonly<Record<string, Json>>
}

const stallMs = 180_000

export function playStep(run: Run, { key, title, playbook, hosts, vars = {} }: Play): Promise<Played> {
  return run.step({
    key,
    title,
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      const { outcomes, results, log } = await run.ansible.play({
        playbook,
        hosts,
        vars: { ...vars, ops_run: run.id, ops_fencing: run.fencing },
        stallMs,
        signal: run.signal,
        onEvent: ({ kind, task }) => {
          if (kind === 'task' && task !== null) run.progress(key, task)
        },
      })
      const failed = hosts
        .map(host => ({ host, outcome: outcomes.get(host) }))
        .filter(({ outcome }) => outcome?.state !== 'ok')
      if (failed.length > 0) throw rolloutStopped(run, playbook, failed, log)
      return {
        changed: hosts.filter(host => {
          const outcome = outcomes.get(host)
          return outcome?.state === 'ok' && outcome.changed
        }),
        ...readHandedBack(hosts, results),
      }
    },
  })
}

/** Hosts that Ansible gave up because another one failed are no news; the one that failed is. */
function rolloutStopped(
  run: Run,
  playbook: string,
  failed: readonly { readonly host: string; readonly outcome: Parameters<typeof sayOutcome>[0] }[],
  log: string,
): OpsError {
  const told = failed.filter(({ outcome }) => outcome?.state !== 'unknown' && outcome !== undefined)
  const named = (told.length > 0 ? told : failed).map(
    ({ host, outcome }) => `${host}: ${sayOutcome(outcome)}`,
  )
  const unreachable = failed.some(({ outcome }) => outcome?.state === 'unreachable')
  const unknown = told.length === 0
  return new OpsError(unknown ? 'ANSIBLE_UNKNOWN' : unreachable ? 'ANSIBLE_UNREACHABLE' : 'ANSIBLE_FAILED', {
    message: `${playbook} stopped the rollout: ${named.slice(0, 5).join('; ')}`,
    hint: `mend it, then: ops resume ${run.id} · Ansible's own output: ${log}`,
  })
}
