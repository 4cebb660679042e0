// Ansible as the engine and the runbooks see it: an inventory to read and playbooks to run. No vendor type passes here.
import type { InventoryEntry } from './inventory-file.ts'
import type { Json, JsonObject } from './json.ts'

export interface Inventory {
  /** Where it was read from, as the user wrote it. */
  readonly source: string
  /** SHA-256 of the content that it was read from. */
  readonly hash: string
  readonly hosts: readonly InventoryHost[]
}

export interface InventoryHost {
  readonly name: string
  /** Every group the host belongs to, parents included, sorted. */
  readonly groups: readonly string[]
  /** Merged variables of the host, as `ansible-inventory --list` gives them. */
  readonly vars: JsonObject
}

/** What is known of one host when a playbook has ended. */
export type HostOutcome =
  | { readonly state: 'ok'; readonly changed: boolean }
  | { readonly state: 'failed'; readonly task: string; readonly message: string }
  | { readonly state: 'unreachable'; readonly message: string }
  /** A task had begun and its end was never seen: probe the host, assume nothing. */
  | { readonly state: 'unknown'; readonly task: string | null }

export interface PlayRequest {
  /** File name under playbooks/, such as `service_stop.yml`. */
  readonly playbook: string
  /** Exact host names; never a pattern. */
  readonly hosts: readonly string[]
  /** Extra variables; they reach Ansible through a 0600 file, never argv. */
  readonly vars: JsonObject
  /** Hosts that this one play knows beside those of the inventory, in groups of it; of one that is there already, what is said here holds. */
  readonly extraHosts?: readonly InventoryEntry[]
  /** `--check --diff`: nothing may change. */
  readonly check?: boolean
  /** Longest time without any sign of life (task event or heartbeat) before the run is cancelled. */
  readonly stallMs: number
  readonly signal?: AbortSignal
  readonly onEvent?: (event: AnsibleEvent) => void
}

export interface PlayResult {
  readonly playbook: string
  readonly seconds: number
  readonly outcomes: ReadonlyMap<string, HostOutcome>
  /** Results of tasks that registered `ops_result`, by host. */
  readonly results: ReadonlyMap<string, Json>
  /** In check mode: what would change, with secrets redacted. */
  readonly diffs: readonly { readonly host: string; readonly task: string; readonly diff: string }[]
  /** File that holds Ansible's own human-readable output. */
  readonly log: string
}

/** One line of the callback plugin. */
export interface AnsibleEvent {
  readonly seq: number
  /** When it happened, by the clock of this machine; epoch milliseconds. */
  readonly atMs: number
  readonly kind:
    | 'begin'
    | 'play'
    | 'task'
    | 'host.started'
    | 'host.ok'
    | 'host.failed'
    | 'host.unreachable'
    | 'host.skipped'
    | 'host.retry'
    | 'host.item'
    | 'host.poll'
    | 'handler'
    | 'heartbeat'
    | 'end'
  readonly host: string | null
  /** The host that really did it, where the task was delegated. */
  readonly delegatedTo: string | null
  readonly play: string | null
  readonly task: string | null
  readonly changed: boolean
  /** The failure was ignored (`ignore_errors`) or rescued, so the play went on. */
  readonly forgiven: 'ignored' | 'rescued' | null
  readonly message: string | null
}

/** A play that is ready and waits for the word before its first task. It has changed nothing on any host. */
export interface PreparedPlay {
  /**
   * Gives the word and sees the play to its end. One that can no longer take it (it has ended, or has waited too long) is
   * played anew, and never twice: a play that took the word is the answer, whatever became of it.
   */
  go(): Promise<PlayResult>
  /** Ends it where it waits. Resolves when no process of it is left; after the word it does nothing. */
  dismiss(): Promise<void>
}

export interface AnsiblePort {
  /** Ends what a dead process of the same run left behind. Called once the locks are held, before any effect. */
  takeOver(): Promise<void>
  /**
   * Reads the inventory through `ansible-inventory --list`, cached by content.
   * @throws OpsError INVENTORY_MISSING, INVENTORY_INVALID, ANSIBLE_MISSING
   */
  inventory(): Promise<Inventory>
  /**
   * Host names that an Ansible host pattern selects, in inventory order.
   * @throws OpsError NO_HOSTS_MATCHED
   */
  matchHosts(pattern: string): Promise<readonly string[]>
  /**
   * Runs one playbook to its end. Resolves whatever the hosts did; the outcomes say it.
   * @throws OpsError ANSIBLE_MISSING, NO_HOSTS_MATCHED, ANSIBLE_FAILED (play broken, bad options), ANSIBLE_UNKNOWN
   */
  play(request: PlayRequest): Promise<PlayResult>
  /**
   * Starts a playbook as far as it goes without a word to any host. Without `go` it ends having changed nothing: when it is
   * dismissed, when the signal aborts, when the process that prepared it has died, and at last by itself.
   * @throws OpsError ANSIBLE_MISSING, NO_HOSTS_MATCHED; everything else is for `go` to say
   */
  prepare(request: PlayRequest): Promise<PreparedPlay>
}
