// What a playbook would change on hosts that were set up before: `--check --diff`, told task by task. Changes nothing.
import type { Look } from '#sdk'
import { sayOutcome } from '#sdk'
import { type HandedBack, readHandedBack } from './handed-back.ts'
import type { System } from './systems.ts'

export interface Change {
  readonly host: string
  readonly task: string
  /** Lines that would come and go, secrets redacted; null where the module shows none. */
  readonly diff: string | null
}

export interface Preview extends HandedBack {
  readonly changes: readonly Change[]
  /** Hosts on which it is not known what would happen, and why. */
  readonly faults: readonly { readonly host: string; readonly message: string }[]
}

const stallMs = 120_000

export async function previewSystem(look: Look, system: System, hosts: readonly string[]): Promise<Preview> {
  if (hosts.length === 0) return { changes: [], faults: [], restart: [], warnings: [] }
  const changed: { host: string; task: string }[] = []
  const { outcomes, diffs, results } = await look.ansible.play({
    playbook: system.playbook,
    hosts,
    vars: {},
    check: true,
    stallMs,
    onEvent: ({ kind, host, task, changed: would }) => {
      if (kind === 'host.ok' && would && host !== null) changed.push({ host, task: task ?? '' })
    },
  })
  const diffOf = ({ host, task }: { host: string; task: string }): string | null =>
    diffs.find(one => one.host === host && one.task === task)?.diff ?? null
  return {
    changes: changed.map(one => ({ host: one.host, task: withoutRole(one.task), diff: diffOf(one) })),
    faults: hosts.flatMap(host => {
      const outcome = outcomes.get(host)
      return outcome?.state === 'ok' ? [] : [{ host, message: sayOutcome(outcome) }]
    }),
    ...readHandedBack(hosts, results),
  }
}

/** Ansible calls a task of a role `ROLE : TASK`. */
const withoutRole = (task: string): string => task.replace(/^\S+ : /, '')
