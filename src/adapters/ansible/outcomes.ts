// What became of every host, from three witnesses: the events, Ansible's own recap, and the exit code. Where they
// disagree the host is unknown; the exit code alone proves nothing.
import type { HostOutcome } from '../../ports/ansible.ts'
import type { PluginEvent, Recap } from './events.ts'
import { saySsh } from './say-ssh.ts'

interface Trouble {
  readonly task: string
  readonly message: string
  /** It ended the play for every other host too. */
  readonly fatal: boolean
}

interface HostStory {
  /** The task that has begun and not ended. */
  open: string | null
  lastTask: string | null
  changed: boolean
  failed: Trouble | null
  unreachable: Trouble | null
  /** The last failure that was taken for ignored or rescued. */
  forgiven: Trouble | null
}

/** What the events have told so far. */
export interface Story {
  readonly hosts: ReadonlyMap<string, HostStory>
  /** `null` until the end record was seen. */
  readonly recap: Readonly<Record<string, Recap>> | null
  /** A play that matched no host. */
  readonly empty: boolean
  add(event: PluginEvent): void
}

export function createStory(): Story {
  const hosts = new Map<string, HostStory>()
  const of = (name: string): HostStory => {
    const known = hosts.get(name)
    if (known !== undefined) return known
    const fresh: HostStory = {
      open: null,
      lastTask: null,
      changed: false,
      failed: null,
      unreachable: null,
      forgiven: null,
    }
    hosts.set(name, fresh)
    return fresh
  }
  let recap: Story['recap'] = null
  let empty = false
  return {
    hosts,
    get recap() {
      return recap
    },
    get empty() {
      return empty
    },
    add(event) {
      if (event.kind === 'end') recap = event.recap ?? {}
      if (event.empty === true) empty = true
      if (event.host !== undefined) follow(of(event.host), event)
    },
  }
}

function follow(host: HostStory, event: PluginEvent): void {
  const task = event.task ?? ''
  // A host has one task at a time, so a new one closes the one before.
  if (event.kind === 'host.started') host.open = task
  if (event.kind.startsWith('host.')) host.lastTask = task
  if (!['host.ok', 'host.failed', 'host.unreachable', 'host.skipped'].includes(event.kind)) return
  host.open = null
  host.changed ||= event.changed
  if (event.kind === 'host.ok' || event.kind === 'host.skipped') return

  const message = event.no_log === true ? 'hidden by no_log' : (event.message ?? 'no reason was given')
  const unreachable = event.kind === 'host.unreachable'
  const trouble = { task, message: unreachable ? saySsh(message) : message, fatal: event.fatal }
  if (event.ignored || event.rescued) host.forgiven = trouble
  else if (event.kind === 'host.failed') host.failed = trouble
  else host.unreachable = trouble
}

export interface Ending {
  /** `null` when a signal ended it, or when it was cancelled. */
  readonly exitCode: number | null
}

/** Outcome of every host that was asked for, in that order. */
export function decideOutcomes(
  asked: readonly string[],
  story: Story,
  { exitCode }: Ending,
): ReadonlyMap<string, HostOutcome> {
  const blamed = [...story.hosts].find(([, host]) => (host.failed ?? host.unreachable)?.fatal === true)?.[0]
  const outcomes = asked.map((name): [string, HostOutcome] => {
    const outcome =
      story.recap === null
        ? decideWithoutEnd(story.hosts.get(name))
        : decideWithEnd(story.hosts.get(name), story.recap[name])
    return [name, outcome.state === 'ok' && blamed !== undefined ? cutShort(blamed) : outcome]
  })
  const agrees = exitCode === 0 || outcomes.some(([, outcome]) => outcome.state !== 'ok')
  return new Map(
    outcomes.map(([name, outcome]) => [
      name,
      outcome.state === 'ok' && !agrees ? { state: 'unknown', task: null } : outcome,
    ]),
  )
}

function decideWithoutEnd(host: HostStory | undefined): HostOutcome {
  if (host?.failed) return { state: 'failed', task: host.failed.task, message: host.failed.message }
  if (host?.unreachable) return { state: 'unreachable', message: host.unreachable.message }
  return { state: 'unknown', task: host?.open ?? host?.lastTask ?? null }
}

function decideWithEnd(host: HostStory | undefined, recap: Recap | undefined): HostOutcome {
  if (host === undefined || recap === undefined) {
    if (host === undefined && recap === undefined) {
      return { state: 'failed', task: '', message: 'the playbook has no task for this host' }
    }
    return { state: 'unknown', task: host?.lastTask ?? null }
  }
  const told = host.failed !== null
  const lost = host.unreachable !== null
  if (told !== recap.failures > 0 || lost !== recap.dark > 0) return decideDisagreement(host, recap)
  if (host.failed) return { state: 'failed', task: host.failed.task, message: host.failed.message }
  if (host.unreachable) return { state: 'unreachable', message: host.unreachable.message }
  if (host.open !== null) return { state: 'unknown', task: host.open }
  return { state: 'ok', changed: host.changed || recap.changed > 0 }
}

/** A failure that only the recap knows is a failure; one that only the events know is a riddle. */
function decideDisagreement(host: HostStory, recap: Recap): HostOutcome {
  if (recap.dark > 0) return { state: 'unreachable', message: 'the recap counts it as unreachable' }
  if (recap.failures === 0) return { state: 'unknown', task: host.lastTask }
  const { task, message } = host.forgiven ?? {
    task: host.lastTask ?? '',
    message: 'the recap counts a failure that no event told of',
  }
  return { state: 'failed', task, message }
}

function cutShort(blamed: string): HostOutcome {
  return {
    state: 'failed',
    task: '',
    message: `the play ended before its end here, because ${blamed} failed`,
  }
}
