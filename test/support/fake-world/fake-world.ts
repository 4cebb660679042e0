// A whole world in memory: cluster, Ansible, journal, locks and time, and processes of `ops` that live and die in it.
// The engine in it is the real one.

import { absentPort } from '../../../src/app/absent.ts'
import { joinSettings } from '../../../src/app/settings.ts'
import { Control } from '../../../src/engine/control.ts'
import { type AnyRunbook, defaultPolicy, type Engine } from '../../../src/engine/engine.ts'
import { Redactor } from '../../../src/engine/redactor.ts'
import type { CredentialsPort } from '../../../src/ports/credentials.ts'
import type { EvidencePort } from '../../../src/ports/evidence.ts'
import type { Journal } from '../../../src/ports/journal.ts'
import type { KafkaPort } from '../../../src/ports/kafka.ts'
import type { Locks } from '../../../src/ports/locks.ts'
import type { Notice } from '../../../src/ports/notify.ts'
import type { OtherOps } from '../../../src/ports/other-ops.ts'
import type { ServedCertificatesPort } from '../../../src/ports/served-certificates.ts'
import type { SettingsPort } from '../../../src/ports/settings.ts'
import type { VaultPort } from '../../../src/ports/vault.ts'
import type { SecretDeclaration } from '../../../src/sdk/secrets.ts'
import {
  createFakeAnsible,
  type FakeAnsible,
  type FakeHost,
  type FakePlaybook,
} from '../fake-ansible/fake-ansible.ts'
import { FakeCluster, type FakeClusterOptions, type FakeState } from '../fake-cluster/fake-cluster.ts'
import { inventoryOf } from '../fake-cluster/inventory.ts'
import { FakeEvidence } from './fake-evidence.ts'
import { entriesOf, FakeInventoryFile, hostsOf } from './fake-inventory-file.ts'
import { FakeJournal } from './fake-journal.ts'
import { emptyLockTable, FakeLocks } from './fake-locks.ts'
import { type Cut, Life } from './fake-process.ts'
import { FakeServedCertificates } from './fake-served-certificates.ts'
import { playbooksOn } from './playbooks.ts'
import { WorldClock } from './world-clock.ts'

export interface FakeWorldOptions extends FakeClusterOptions {
  /** Changes the cluster before anything looks at it. */
  readonly prepare?: (cluster: FakeCluster) => void
  /** A cluster that another process has left, and where this one leaves it. */
  readonly saved?: FakeState
  readonly save?: (state: FakeState) => void
  /** Instead of those in memory. */
  readonly journal?: Journal
  readonly evidence?: EvidencePort
  readonly locks?: Locks
  /** Hosts beside those of the cluster, and playbooks beside those that restart it. */
  readonly hosts?: readonly FakeHost[]
  /** Other processes of `ops` in this world. */
  readonly others?: (world: FakeWorld) => OtherOps
  /** Brokers beside the cluster, moving with its clock. */
  readonly kafka?: (clock: WorldClock) => KafkaPort & { readonly settings: SettingsPort }
  /** Vault, and the users and keys of every system. */
  readonly vault?: (clock: WorldClock) => VaultPort
  readonly credentials?: (clock: WorldClock) => CredentialsPort
  readonly secrets?: readonly SecretDeclaration[]
  /** Who answers on ports with TLS; nobody without. */
  readonly servedCertificates?: ServedCertificatesPort
  readonly playbooks?: (cluster: FakeCluster, clock: WorldClock) => Record<string, FakePlaybook>
}

export interface ProcessOptions {
  readonly cut?: Cut
  readonly actor?: string
  /** Version of the runbook's code. */
  readonly version?: string
  readonly selfApproval?: boolean
  readonly pid?: number
}

/** One process of `ops`. */
export interface FakeProcess {
  readonly life: Life
  readonly engine: Engine
  readonly control: Control
  readonly notices: readonly Notice[]
}

export class FakeWorld {
  readonly clock: WorldClock
  readonly journal: Journal
  readonly cluster: FakeCluster
  readonly ansible: FakeAnsible
  readonly inventoryFile: FakeInventoryFile
  readonly kafka: (KafkaPort & { readonly settings: SettingsPort }) | null
  readonly vault: VaultPort
  readonly credentials: CredentialsPort
  readonly secrets: readonly SecretDeclaration[]
  readonly servedCertificates: ServedCertificatesPort
  readonly evidence: EvidencePort
  readonly lockTable = emptyLockTable()
  readonly #locks: Locks | null
  readonly #others: OtherOps
  readonly #living = new Map<number, Life>()
  #lastPid = 100
  #runs = 0

  constructor(given: FakeWorldOptions = {}) {
    const {
      prepare,
      saved,
      save,
      journal,
      evidence,
      locks,
      hosts = [],
      playbooks,
      kafka,
      vault,
      credentials,
      secrets = [],
      servedCertificates = new FakeServedCertificates(),
      others,
      ...options
    } = given
    this.clock = new WorldClock(saved?.atMs)
    this.journal = journal ?? new FakeJournal()
    this.evidence = evidence ?? new FakeEvidence()
    this.#locks = locks ?? null
    this.#others = others?.(this) ?? absentPort<OtherOps>('others', 'inventory/fake')
    this.cluster =
      saved === undefined
        ? FakeCluster.create(this.clock, options, save)
        : FakeCluster.from(saved, this.clock, save)
    prepare?.(this.cluster)
    this.kafka = kafka?.(this.clock) ?? null
    this.vault = vault?.(this.clock) ?? absentPort<VaultPort>('vault', 'inventory/fake')
    this.credentials = credentials?.(this.clock) ?? absentPort<CredentialsPort>('vault', 'inventory/fake')
    this.secrets = secrets
    this.servedCertificates = servedCertificates
    const known = [...inventoryOf(this.cluster.state), ...hosts]
    this.ansible = createFakeAnsible({
      hosts: known,
      playbooks: { ...playbooksOn(this.cluster, this.clock), ...playbooks?.(this.cluster, this.clock) },
      monotonicMs: this.clock.monotonicMs,
    })
    this.inventoryFile = new FakeInventoryFile({
      entries: entriesOf(known),
      groups: ['es_master', 'es_data_hot', 'es_data_warm', 'es_coord', 'logstash'],
      onChange: entries => this.ansible.setHosts(hostsOf(entries, known)),
    })
  }

  begin({ cut, actor = 'anna', version = 'v1', selfApproval, pid }: ProcessOptions = {}): FakeProcess {
    this.#lastPid += 1
    const life = new Life(pid ?? this.#lastPid, cut)
    this.#living.set(life.pid, life)
    const host = 'bastion01'
    const isAlive = (pid: number): boolean => this.#living.get(pid)?.isDead === false
    const locks = this.#locks ?? new FakeLocks(this.lockTable, { host, pid: life.pid, isAlive })
    const notices: Notice[] = []
    const engine: Engine = {
      journal: life.journal(this.journal),
      locks: life.port(locks),
      clock: life.clock(this.clock),
      host: { notify: notice => void notices.push(notice) },
      redactor: new Redactor(),
      elasticsearch: life.port(this.cluster),
      snapshots: life.port(this.cluster.snapshots),
      indices: life.port(this.cluster.indices),
      allocation: life.port(this.cluster.allocation),
      membership: life.port(this.cluster.membership),
      inventoryFile: life.port(this.inventoryFile),
      kafka: life.port(this.kafka ?? absentPort<KafkaPort>('kafka', 'inventory/fake')),
      vault: life.port(this.vault),
      credentials: life.port(this.credentials),
      secrets: this.secrets,
      servedCertificates: life.port(this.servedCertificates),
      ansible: life.port(this.ansible),
      evidence: life.port(this.evidence),
      others: life.port(this.#others),
      settings: joinSettings({
        elasticsearch: life.port(this.cluster.settings),
        ...(this.kafka === null ? {} : { kafka: life.port(this.kafka.settings) }),
      }),
      who: { actor, host, pid: life.pid },
      policy: { ...defaultPolicy, ...(selfApproval === undefined ? {} : { selfApproval }) },
      versionOf: async (_runbook: AnyRunbook) => version,
      newRunId: () => `run-${++this.#runs}`,
    }
    return { life, engine, control: new Control(), notices }
  }
}
