// What the engine is given: ports and facts about this process. It knows no vendor, no terminal and no clock of its own.
import type { AllocationPort } from '../ports/allocation.ts'
import type { AnsiblePort } from '../ports/ansible.ts'
import type { Clock } from '../ports/clock.ts'
import type { CredentialsPort } from '../ports/credentials.ts'
import type { ElasticsearchPort } from '../ports/elasticsearch.ts'
import type { EvidencePort } from '../ports/evidence.ts'
import type { IndicesPort } from '../ports/indices.ts'
import type { InventoryFilePort } from '../ports/inventory-file.ts'
import type { Journal } from '../ports/journal.ts'
import type { KafkaPort } from '../ports/kafka.ts'
import type { Locks } from '../ports/locks.ts'
import type { MembershipPort } from '../ports/membership.ts'
import type { Host } from '../ports/notify.ts'
import type { OtherOps } from '../ports/other-ops.ts'
import type { ServedCertificatesPort } from '../ports/served-certificates.ts'
import type { SettingsPort } from '../ports/settings.ts'
import type { SnapshotsPort } from '../ports/snapshots.ts'
import type { VaultPort } from '../ports/vault.ts'
import type { Runbook } from '../sdk/runbook.ts'
import type { SecretDeclaration } from '../sdk/secrets.ts'
import type { Redactor } from './redactor.ts'

/** Who types, on which machine, in which process. */
export interface Identity {
  readonly actor: string
  readonly host: string
  readonly pid: number
}

export interface Engine {
  readonly journal: Journal
  readonly locks: Locks
  readonly clock: Clock
  readonly host: Host
  readonly redactor: Redactor
  readonly elasticsearch: ElasticsearchPort
  readonly snapshots: SnapshotsPort
  readonly indices: IndicesPort
  readonly allocation: AllocationPort
  readonly membership: MembershipPort
  readonly kafka: KafkaPort
  readonly vault: VaultPort
  readonly credentials: CredentialsPort
  readonly servedCertificates: ServedCertificatesPort
  /** Of ops.config.ts. */
  readonly secrets: readonly SecretDeclaration[]
  readonly ansible: AnsiblePort
  readonly inventoryFile: InventoryFilePort
  readonly evidence: EvidencePort
  readonly settings: SettingsPort
  readonly others: OtherOps
  readonly who: Identity
  readonly policy: Policy
  /** SHA-256 of the code of a runbook, so that a resume notices a change. */
  readonly versionOf: (runbook: AnyRunbook) => Promise<string>
  readonly newRunId: (runbook: string, at: Date) => string
}

export interface Policy {
  /** How long an approval counts, from the moment it is given. */
  readonly approvalMs: number
  /** A person may approve what he or she asked for. Off unless the config says so. */
  readonly selfApproval: boolean
}

// Runbooks differ in their facts and details; the engine hands each its own and never looks inside.
// biome-ignore lint/suspicious/noExplicitAny: variance of the facts and details of different runbooks
export type AnyRunbook = Runbook<any, any, any>

export const defaultPolicy: Policy = { approvalMs: 30 * 60_000, selfApproval: false }
