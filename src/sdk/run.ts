// What a runbook may do while it is being applied. Every effect goes through here, so that it is in the journal
// before it happens and can be told apart afterwards: done, not done, unknown.
import type { OpsError } from '../errors/index.ts'
import type { Cap, Member, Share } from '../planning/index.ts'
import type { AllocationPort } from '../ports/allocation.ts'
import type { AnsiblePort } from '../ports/ansible.ts'
import type { Clock } from '../ports/clock.ts'
import type { CredentialsPort } from '../ports/credentials.ts'
import type { ElasticsearchPort } from '../ports/elasticsearch.ts'
import type { EvidencePort } from '../ports/evidence.ts'
import type { IndicesPort } from '../ports/indices.ts'
import type { InventoryFilePort } from '../ports/inventory-file.ts'
import type { Json, JsonObject } from '../ports/json.ts'
import type { KafkaPort } from '../ports/kafka.ts'
import type { MembershipPort } from '../ports/membership.ts'
import type { OtherOps } from '../ports/other-ops.ts'
import type { ServedCertificatesPort } from '../ports/served-certificates.ts'
import type { SettingAddress, SettingsPort } from '../ports/settings.ts'
import type { SnapshotsPort } from '../ports/snapshots.ts'
import type { VaultPort } from '../ports/vault.ts'
import type { Gate } from './gate.ts'
import type { SecretDeclaration } from './secrets.ts'

/** The world outside, for reading. Plans and gates get no more than this. */
export interface Look {
  readonly clock: Clock
  /** A system that the inventory lacks throws INVENTORY_INVALID from every method. */
  readonly elasticsearch: ElasticsearchPort
  readonly snapshots: SnapshotsPort
  readonly indices: IndicesPort
  readonly allocation: AllocationPort
  readonly membership: MembershipPort
  readonly kafka: KafkaPort
  readonly vault: VaultPort
  readonly credentials: CredentialsPort
  readonly servedCertificates: ServedCertificatesPort
  /** The secrets that ops.config.ts declares. */
  readonly secrets: readonly SecretDeclaration[]
  readonly ansible: AnsiblePort
  /** Where hosts stand written. Only a run that is applied writes there. */
  readonly inventoryFile: InventoryFilePort
  /** What earlier runs have left as proof; only a run that is applied puts anything there. */
  readonly evidence: EvidencePort
  /** Temporary settings that unfinished runs have not given back. */
  leftovers(): Promise<readonly Leftover[]>
  /** Mean seconds that the named steps took in earlier runs; `null` where there is no history. */
  history(stepSuffix: string): Promise<number | null>
}

export interface Leftover extends JsonObject {
  readonly run: string
  readonly kind: string
  readonly name: string
  readonly targets: readonly string[]
}

/** The answer of a probe: did the effect of a step happen? */
export type Observation<T> = { readonly state: 'done'; readonly result: T } | { readonly state: 'not-done' }

export interface Step<T extends Json> {
  /** Unique in the run and the same on resume, such as `es-data01.stop`. */
  readonly key: string
  /** What it does, for people: `stop es-data01`. */
  readonly title: string
  /** What was there before; written with the intent. */
  readonly before?: Json
  /** Probes whether the effect is there. Reads only. Decides on resume and after an unknown outcome. */
  readonly observe: () => Promise<Observation<T>>
  /** Last look right before the effect; throws to prevent it. */
  readonly guard?: () => Promise<void>
  readonly apply: () => Promise<T>
  /** How often a plain failure is tried again; effects must be idempotent. Default 0. */
  readonly retries?: number
}

/** A setting that is changed for the length of the run and given back when it is still ours. */
export interface TemporarySetting extends SettingAddress {
  readonly key: string
  readonly targets: readonly string[]
  readonly value: Json
}

export interface Wait<T> {
  /** Whom it is about; the live display shows one line per subject. */
  readonly subject: string
  readonly title: string
  /** `progress` is anything that changes while things move on; the same value for `stallMs` means a stall. */
  readonly poll: () => Promise<{ readonly done: T } | { readonly progress: Json; readonly text: string }>
  readonly everyMs: number
  readonly stallMs: number
  readonly ceilingMs: number
  /** This moment is a safe point: a halt ends the wait and the run. Default false. */
  readonly interruptible?: boolean
  /** The error for a stall or the ceiling, with what was last seen. */
  readonly orElse: (lastSeen: string) => OpsError
}

/** What the frontier sees at one look: the copies as they are now and who is not fully there. */
export interface FrontierLook {
  readonly shares: readonly Share[]
  readonly caps: readonly Cap[]
  /** Members that are down, joining or still recovering copies, whoever caused it. */
  readonly unavailable: ReadonlySet<string>
  /** A met stop condition: nobody new is started and the run ends when those under way are back. */
  readonly stop: string | null
}

export interface Frontier {
  readonly members: readonly Member[]
  /** Names in the order of the plan. */
  readonly order: readonly string[]
  readonly maxDown: number
  readonly look: () => Promise<FrontierLook>
  readonly everyMs: number
  /** Takes one member through; `confirm` throws when a fresh look no longer allows to take it down. */
  readonly operate: (member: string, confirm: () => Promise<void>) => Promise<void>
}

export interface Run extends Look {
  readonly id: string
  /** Other processes of `ops`. Only a drill begins any. */
  readonly others: OtherOps
  /** Higher than that of any earlier holder of the same locks. */
  readonly fencing: number
  /**
   * Judges a table of gates in the middle of a run, with the waivers that the run was started with.
   * @throws OpsError GATE_REFUSED
   */
  judge<Facts, Params>(gates: readonly Gate<Facts, Params>[], facts: Facts, params: Params): Promise<void>
  step<T extends Json>(step: Step<T>): Promise<T>
  /** Reads once and journals it; on resume the journalled value is returned. `T` must survive JSON. */
  note<T>(key: string, read: () => Promise<T>): Promise<T>
  /** Journals a fact once per key. */
  mark(
    key: string,
    type: 'node.stopped' | 'node.back' | 'node.recovered' | 'remark',
    data: JsonObject,
  ): Promise<void>
  temporarily(setting: TemporarySetting): Promise<void>
  /** For changes that are to last, inside steps; what is for a while goes through `temporarily`. */
  readonly settings: SettingsPort
  /** Gives back one temporary setting now; all others are given back when the run ends. */
  giveBack(key: string): Promise<void>
  wait<T>(wait: Wait<T>): Promise<T>
  /**
   * Goes on only with the word of another person for this one deed, asked for where it is needed. Ends the run as waiting until then.
   * @throws OpsError NEEDS_APPROVAL
   */
  approval(what: string): Promise<void>
  /** Nothing is half done at this moment: does not return when the run was told to end. */
  safePoint(): Promise<void>
  frontier(frontier: Frontier): Promise<void>
  progress(subject: string, text: string): void
  /** The run was told to end: nothing new is to be begun. */
  readonly ending: boolean
  /** Members that the frontier has begun with and not ended. */
  readonly underWay: ReadonlySet<string>
  /** Members that the frontier has ever begun with, in this process or an earlier one. */
  readonly touched: ReadonlySet<string>
  /** Aborts when the run must stop at once. */
  readonly signal: AbortSignal
}
