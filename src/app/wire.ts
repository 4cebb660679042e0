// The only file that knows every adapter. It opens what a command needs, and closes it again.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createAnsible } from '../adapters/ansible/index.ts'
import { otherOps } from '../adapters/child/other-ops.ts'
import { openInventoryFile } from '../adapters/inventory-file/index.ts'
import { openRunLog } from '../adapters/log/run-log.ts'
import { openState } from '../adapters/sqlite/database.ts'
import { SqliteEvidence } from '../adapters/sqlite/evidence.ts'
import { SqliteJournal } from '../adapters/sqlite/journal.ts'
import { SqliteLedger } from '../adapters/sqlite/ledger.ts'
import { SqliteLocks } from '../adapters/sqlite/locks.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { systemProcesses } from '../adapters/system/processes.ts'
import { systemServedCertificates } from '../adapters/system/served-certificates.ts'
import { openAppRoleCredentials } from '../adapters/vault/approle-credentials.ts'
import type { Config } from '../config/define.ts'
import { loadConfig } from '../config/load.ts'
import { toDeclarations } from '../config/secrets.ts'
import type { Engine, Identity, Policy } from '../engine/engine.ts'
import type { Redactor } from '../engine/redactor.ts'
import type { Inventory } from '../ports/ansible.ts'
import type { Clock } from '../ports/clock.ts'
import type { EvidencePort } from '../ports/evidence.ts'
import type { Journal } from '../ports/journal.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Locks } from '../ports/locks.ts'
import type { Host } from '../ports/notify.ts'
import type { VaultPort } from '../ports/vault.ts'
import { absentPort } from './absent.ts'
import { connectCluster } from './cluster.ts'
import { joinCredentials } from './credentials.ts'
import { redactor } from './redactor.ts'
import { joinSettings } from './settings.ts'
import type { OpenedVault, openVault } from './vault.ts'
import { versionOfRunbook } from './version-of.ts'

export const checkout = resolve(import.meta.dirname, '../..')

/** What is known without reaching any other machine. */
export interface State {
  readonly journal: Journal
  readonly locks: Locks
  readonly ledger: Ledger
  readonly evidence: EvidencePort
  readonly clock: Clock
  readonly redactor: Redactor
  readonly who: Identity
  readonly policy: Policy
  readonly config: Config
  readonly host: Host
  close(): Promise<void>
}

export async function openLocal(stateDir: string, host: Host): Promise<State> {
  const files = openState(stateDir)
  const journal = new SqliteJournal(stateDir, files)
  const config = await loadConfig(checkout)
  const { approvals } = config
  return {
    journal,
    locks: new SqliteLocks(stateDir, systemProcesses, files),
    ledger: new SqliteLedger(stateDir, systemProcesses, files),
    evidence: new SqliteEvidence(stateDir, files, body => redactor.value(body)),
    clock: systemClock,
    redactor,
    who: identify(),
    policy: { approvalMs: approvals.minutes * 60_000, selfApproval: approvals.selfApproval },
    config,
    host,
    close: () => journal.close(),
  }
}

export interface World {
  readonly engine: Engine
  /** Every configured address of every system in the inventory, asked on its own. */
  endpoints(): Promise<readonly { host: string; address: string; problem: string | null }[]>
  close(): Promise<void>
}

export interface WorldOptions {
  readonly stateDir: string
  readonly inventory: string
  readonly host: Host
  /** The run to carry on; without it a new one gets an id. */
  readonly run?: string
}

/** Everything: state, inventory, Ansible, the cluster. */
export async function openWorld({ stateDir, inventory, host, run }: WorldOptions): Promise<World> {
  const log = openRunLog(join(stateDir, 'log', 'ops.jsonl'))
  const local = await openLocal(stateDir, {
    notify: notice => {
      host.notify(notice)
      log.notify(notice)
    },
  })
  const newRun = run ?? newRunId('run', local.clock.now())
  const runDir = join(stateDir, 'ansible', newRun)
  pruneOld(dirname(runDir))
  mkdirSync(runDir, { recursive: true, mode: 0o700 })
  const ansible = createAnsible({
    checkout,
    inventory,
    stateDir,
    run: newRun,
    runDir,
    redact: text => local.redactor.text(text),
  })
  const command = [join(checkout, 'ops'), '--state', stateDir, '-i', inventory] as const
  const others = otherOps({ command, journal: local.journal })
  let opened: OpenedVault | null = null
  try {
    const inventory = await ansible.inventory()
    const absent = <T extends object>(group: string): T => absentPort(group, inventory.source)
    const secrets = toDeclarations(local.config)
    opened = await openItsVault(inventory, {
      stateDir,
      secrets,
      redactor: local.redactor,
      clock: local.clock,
    })
    const vault = opened?.port ?? absent<VaultPort>('vault')
    const elasticsearch = await connectCluster(inventory, local.redactor, vault)
    // Its clients are loaded only where there are brokers: a start of `ops` is to stay quick.
    const hasBrokers = inventory.hosts.some(({ groups }) => groups.includes('kafka'))
    const kafka = hasBrokers ? (await import('./kafka.ts')).connectKafka(inventory, local.redactor) : null
    const engine: Engine = {
      ...local,
      elasticsearch: elasticsearch ?? absent('elasticsearch'),
      snapshots: elasticsearch?.snapshots ?? absent('elasticsearch'),
      indices: elasticsearch?.indices ?? absent('elasticsearch'),
      allocation: elasticsearch?.allocation ?? absent('elasticsearch'),
      membership: elasticsearch?.membership ?? absent('elasticsearch'),
      kafka: kafka ?? absent('kafka'),
      settings: joinSettings({
        elasticsearch: elasticsearch?.settings ?? absent('elasticsearch'),
        kafka: kafka?.settings ?? absent('kafka'),
      }),
      vault,
      credentials: joinCredentials(
        {
          elasticsearch: elasticsearch?.credentials ?? absent('elasticsearch'),
          kafka: kafka?.credentials ?? absent('kafka'),
          vault: openAppRoleCredentials(vault),
        },
        local.redactor,
      ),
      servedCertificates: systemServedCertificates(),
      secrets,
      ansible,
      inventoryFile: openInventoryFile({ checkout, inventory: () => ansible.inventory() }),
      others,
      versionOf: ({ id }) => versionOfRunbook(checkout, id),
      newRunId: () => newRun,
    }
    return {
      engine,
      endpoints: async () => {
        const [nodes, brokers, itsVault] = await Promise.all([
          elasticsearch?.endpoints(),
          kafka?.endpoints(),
          opened?.endpoint(),
        ])
        return [
          ...(nodes ?? []).map(({ host, url, problem }) => ({ host, address: url, problem })),
          ...(brokers ?? []).map(({ host, address, problem }) => ({ host, address, problem })),
          ...(itsVault ? [itsVault] : []),
        ]
      },
      close: async () => {
        await ansible.close()
        await elasticsearch?.close()
        await kafka?.close()
        await opened?.port.close()
        await local.close()
      },
    }
  } catch (thrown) {
    await opened?.port.close()
    await ansible.close()
    await local.close()
    throw thrown
  }
}

/** Its client is loaded only where there is one, and what people must know of it goes to stderr, whoever listens to the run. */
async function openItsVault(
  inventory: Inventory,
  around: Omit<Parameters<typeof openVault>[1], 'warn'>,
): Promise<OpenedVault | null> {
  if (!inventory.hosts.some(({ groups }) => groups.includes('vault'))) return null
  const { openVault } = await import('./vault.ts')
  return openVault(inventory, { ...around, warn: text => process.stderr.write(`warning: ${text}\n`) })
}

/** `20261123-105233-k3f`: sorts by time, short enough to type. */
function newRunId(_runbook: string, at: Date): string {
  const digits = at.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${digits}-${randomBytes(2).toString('hex').slice(0, 3)}`
}

/** Who types. On a shared account OPS_ACTOR says which person it is. */
function identify(): Identity {
  const actor = process.env.OPS_ACTOR || process.env.SUDO_USER || userInfo().username
  return { actor, host: systemProcesses.host, pid: process.pid }
}

const keepLogsMs = 30 * 24 * 3_600_000

/** Ansible's own logs of runs are kept for a month. */
function pruneOld(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (Date.now() - statSync(path).mtimeMs > keepLogsMs) rmSync(path, { recursive: true, force: true })
  }
}
