// An AnsiblePort with behaviour: an inventory given in code and one handler per playbook, called once per host. It keeps
// the promises of the port (test/contract/ansible.contract.ts runs on it and on real Ansible) and never starts a process.
import { createHash } from 'node:crypto'
import { OpsError } from '../../../src/errors/index.ts'
import type {
  AnsibleEvent,
  AnsiblePort,
  HostOutcome,
  Inventory,
  InventoryHost,
  PlayRequest,
  PlayResult,
} from '../../../src/ports/ansible.ts'
import type { Json, JsonObject } from '../../../src/ports/json.ts'
import { matchFake } from './match-fake.ts'

export interface FakeHost {
  readonly name: string
  readonly groups?: readonly string[]
  readonly vars?: JsonObject
}

/** What a handler says of its host; nothing at all means ok and changed. A thrown Error means that the task failed. */
export interface FakeAnswer {
  readonly changed?: boolean
  /** Becomes `PlayResult.results` of this host. */
  readonly result?: Json
  /** Becomes an entry of `PlayResult.diffs` in check mode. */
  readonly diff?: string
}

// biome-ignore lint/suspicious/noConfusingVoidType: a handler may simply return nothing
type HandlerResult = FakeAnswer | void
/** Stands for the playbook on one host. In check mode it must not change its world. */
export type FakePlaybook = (
  host: InventoryHost,
  request: PlayRequest,
  play: FakePlay,
) => HandlerResult | Promise<HandlerResult>

export interface FakePlay {
  /** A part of the play that troubles of another playbook's name meet too, such as the stop within a restart. */
  part(name: string, act: () => void | Promise<void>): Promise<void>
  /** The event of a task that went well. */
  say(task: string): void
}

export interface FakeAnsibleOptions {
  readonly hosts: readonly FakeHost[]
  /** By file name, such as `service_stop.yml`. A playbook without handler is ANSIBLE_FAILED, as a missing file is. */
  readonly playbooks: Readonly<Record<string, FakePlaybook>>
  readonly source?: string
  /** For `PlayResult.seconds`; without it every play takes no time. */
  readonly monotonicMs?: () => number
}

/**
 * How one host misbehaves. `lost-before`: Ansible dies and the handler never ran; `lost-after`: the handler ran, then
 * Ansible died; both end as unknown. `hang`: nothing happens until the signal aborts.
 */
export type FakeTrouble = 'unreachable' | 'fails' | 'lost-before' | 'lost-after' | 'hang'

export interface FakeAnsible extends AnsiblePort {
  /** Every play that was asked for, in order. */
  readonly requests: readonly PlayRequest[]
  /** Plays that are running now, and the most that ran at once. */
  readonly running: number
  readonly mostAtOnce: number
  /** Plays that were prepared and wait for the word. */
  readonly waiting: number
  /** How many were ever prepared. */
  readonly prepared: number
  /** Makes a host misbehave, in one playbook or (null) in all, `times` times (default: until mended). */
  trouble(host: string, trouble: FakeTrouble, where?: { playbook?: string; times?: number }): void
  mend(host: string): void
  /** No ansible-playbook on this machine. */
  missing: boolean
  /** Replaces the inventory, as an edited file would. */
  setHosts(hosts: readonly FakeHost[]): void
}

interface Trouble {
  readonly host: string
  readonly trouble: FakeTrouble
  readonly playbook: string | null
  left: number
}

export function createFakeAnsible(options: FakeAnsibleOptions): FakeAnsible {
  const source = options.source ?? 'inventory/fake'
  const requests: PlayRequest[] = []
  const troubles: Trouble[] = []
  let inventory = toInventory(source, options.hosts)
  let running = 0
  let mostAtOnce = 0
  let waiting = 0
  let prepared = 0

  const takeTrouble = (host: string, playbook: string): FakeTrouble | null => {
    const found = troubles.find(
      one => one.host === host && one.left > 0 && (one.playbook === null || one.playbook === playbook),
    )
    if (found === undefined) return null
    found.left -= 1
    return found.trouble
  }

  const fake: FakeAnsible = {
    takeOver: async () => {},
    requests,
    missing: false,
    get running() {
      return running
    },
    get mostAtOnce() {
      return mostAtOnce
    },
    get waiting() {
      return waiting
    },
    get prepared() {
      return prepared
    },
    trouble(host, trouble, { playbook, times } = {}) {
      troubles.push({ host, trouble, playbook: playbook ?? null, left: times ?? Number.POSITIVE_INFINITY })
    },
    mend(host) {
      for (const one of troubles) if (one.host === host) one.left = 0
    },
    setHosts(hosts) {
      inventory = toInventory(source, hosts)
    },

    async inventory() {
      refuseMissing(fake)
      return inventory
    },

    async matchHosts(pattern) {
      refuseMissing(fake)
      return matchFake(inventory, pattern)
    },

    async play(request) {
      requests.push(request)
      refuseMissing(fake)
      const known = withExtraHosts(inventory, request)
      refuseHosts(known, request)
      const handler = options.playbooks[request.playbook]
      if (handler === undefined) {
        throw new OpsError('ANSIBLE_FAILED', { message: `playbook ${request.playbook} could not be found` })
      }
      running += 1
      mostAtOnce = Math.max(mostAtOnce, running)
      try {
        return await playAll({
          inventory: known,
          request,
          handler,
          takeTrouble,
          monotonicMs: options.monotonicMs,
        })
      } finally {
        running -= 1
      }
    },

    async prepare(request) {
      refuseMissing(fake)
      refuseHosts(withExtraHosts(inventory, request), request)
      prepared += 1
      waiting += 1
      let waits = true
      let going: Promise<PlayResult> | null = null
      const end = (): void => {
        if (waits) waiting -= 1
        waits = false
      }
      return {
        go: () => {
          end()
          going ??= fake.play(request)
          return going
        },
        dismiss: async () => end(),
      }
    },
  }
  return fake
}

function toInventory(source: string, hosts: readonly FakeHost[]): Inventory {
  return {
    source,
    hash: createHash('sha256').update(JSON.stringify(hosts)).digest('hex'),
    hosts: hosts.map(host => ({
      name: host.name,
      groups: [...(host.groups ?? ['ungrouped'])].sort(),
      vars: host.vars ?? {},
    })),
  }
}

function refuseMissing(fake: FakeAnsible): void {
  if (fake.missing) {
    throw new OpsError('ANSIBLE_MISSING', {
      message: 'ansible-playbook was not found',
      hint: 'sh demo/setup.sh',
    })
  }
}

function refuseHosts(inventory: Inventory, request: PlayRequest): void {
  const unknown = request.hosts.filter(name => !inventory.hosts.some(host => host.name === name))
  if (request.hosts.length > 0 && unknown.length === 0) return
  throw new OpsError('NO_HOSTS_MATCHED', {
    message:
      unknown.length > 0
        ? `${inventory.source} has no host ${unknown.join(', ')}`
        : `no host was given for ${request.playbook}`,
  })
}

/** With the groups above those that they stand in, and the variables of the groups, as hosts of the same group have them. */
function withExtraHosts(inventory: Inventory, { extraHosts = [] }: PlayRequest): Inventory {
  const extra = extraHosts.map(({ name, groups, vars }) => {
    const sibling = inventory.hosts.find(host => groups.some(group => host.groups.includes(group)))
    const { ansible_host: _own, ...shared } = sibling?.vars ?? {}
    return {
      name,
      groups: [...new Set([...groups, ...(sibling?.groups ?? [])])].sort(),
      vars: { ...shared, ...vars },
    }
  })
  const others = inventory.hosts.filter(host => !extra.some(({ name }) => name === host.name))
  return { ...inventory, hosts: [...others, ...extra] }
}

interface Play {
  readonly inventory: Inventory
  readonly request: PlayRequest
  readonly handler: FakePlaybook
  readonly takeTrouble: (host: string, playbook: string) => FakeTrouble | null
  readonly monotonicMs: (() => number) | undefined
}

/** Hosts run at once. One host that fails ends the play for those that come later in it, as any_errors_fatal does. */
async function playAll({ inventory, request, handler, takeTrouble, monotonicMs }: Play): Promise<PlayResult> {
  const started = monotonicMs?.() ?? 0
  const outcomes = new Map<string, HostOutcome>()
  const results = new Map<string, Json>()
  const diffs: { host: string; task: string; diff: string }[] = []
  const emit = createEmitter(request)
  const task = `fake ${request.playbook}`

  emit('begin', null)
  emit('play', null)
  emit('task', null)
  const playHost = async (host: InventoryHost): Promise<HostOutcome> => {
    emit('host.started', host.name)
    const suffer = async (trouble: FakeTrouble): Promise<HostOutcome> => {
      if (trouble === 'unreachable') return { state: 'unreachable', message: 'Failed to connect to the host' }
      if (trouble === 'fails') return { state: 'failed', task, message: 'made to fail by the test' }
      if (trouble === 'hang') await aborted(request.signal)
      return { state: 'unknown', task }
    }
    const trouble = takeTrouble(host.name, request.playbook)
    if (trouble !== null && trouble !== 'lost-after') return suffer(trouble)
    const play: FakePlay = {
      part: async (name, act) => {
        const met = takeTrouble(host.name, name)
        if (met !== null && met !== 'lost-after') throw new Met(met)
        await act()
        if (met !== null) throw new Met(met)
      },
      say: said => emit('host.ok', host.name, { task: said }),
    }
    try {
      const answer = await Promise.race([
        Promise.resolve(handler(host, request, play)),
        aborted(request.signal).then(() => 'aborted' as const),
      ])
      if (answer === 'aborted' || trouble === 'lost-after') return { state: 'unknown', task }
      if (answer?.result !== undefined) results.set(host.name, answer.result)
      if (answer?.diff !== undefined && request.check === true) {
        diffs.push({ host: host.name, task, diff: answer.diff })
      }
      return { state: 'ok', changed: answer?.changed ?? true }
    } catch (thrown) {
      if (thrown instanceof Met) return suffer(thrown.trouble)
      return { state: 'failed', task, message: thrown instanceof Error ? thrown.message : String(thrown) }
    }
  }

  const hosts = inventory.hosts.filter(host => request.hosts.includes(host.name))
  await Promise.all(
    hosts.map(async host => {
      const outcome = await playHost(host)
      outcomes.set(host.name, outcome)
      if (outcome.state === 'ok') emit('host.ok', host.name, { changed: outcome.changed })
      if (outcome.state === 'failed') emit('host.failed', host.name, { message: outcome.message })
      if (outcome.state === 'unreachable') emit('host.unreachable', host.name, { message: outcome.message })
    }),
  )
  if (![...outcomes.values()].some(outcome => outcome.state === 'unknown')) emit('end', null)
  const seconds = ((monotonicMs?.() ?? 0) - started) / 1000
  return { playbook: request.playbook, seconds, outcomes, results, diffs, log: '/dev/null' }
}

/** A part of a play has met a trouble that a test has laid out for it. */
class Met extends Error {
  readonly trouble: FakeTrouble

  constructor(trouble: FakeTrouble) {
    super(trouble)
    this.trouble = trouble
  }
}

/** Never resolves without a signal. */
function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted === true) resolve()
    signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}

type Emit = (
  kind: AnsibleEvent['kind'],
  host: string | null,
  more?: { readonly changed?: boolean; readonly message?: string; readonly task?: string },
) => void

function createEmitter(request: PlayRequest): Emit {
  let seq = 0
  return (kind, host, more = {}) => {
    seq += 1
    const inTask = kind === 'task' || kind.startsWith('host.')
    request.onEvent?.({
      seq,
      atMs: 0,
      kind,
      host,
      delegatedTo: null,
      play: kind === 'begin' ? null : request.playbook,
      task: more.task ?? (inTask ? `fake ${request.playbook}` : null),
      changed: more.changed ?? false,
      forgiven: null,
      message: more.message ?? null,
    })
  }
}
