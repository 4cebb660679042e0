// A platform whose secrets are as they should be: Vault, users, two consumers, and certificates on every port, all in memory. Tests spoil
// one thing at a time.

import audit from '../../../runbooks/audit-secrets/runbook.ts'
import { absentPort } from '../../../src/app/absent.ts'
import type { CredentialsPort } from '../../../src/ports/credentials.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { SecretDeclaration } from '../../../src/sdk/secrets.ts'
import { FakeCredentials } from '../../support/fake-credentials/fake-credentials.ts'
import { FakeVault, type FakeVaultOptions } from '../../support/fake-vault/fake-vault.ts'
import { commandsOf } from '../../support/fake-world/commands.ts'
import { doorOf, FakeConsumers } from '../../support/fake-world/fake-consumers.ts'
import { FakeServedCertificates } from '../../support/fake-world/fake-served-certificates.ts'
import { FakeWorld } from '../../support/fake-world/fake-world.ts'
import { playbooksOnSecrets } from '../../support/fake-world/secret-playbooks.ts'

export { audit }

export const dayMs = 86_400_000
export const writer = 'logstash-writer'
export const writerPath = 'secret/elk/logstash'
export const system = { kind: 'elasticsearch-user', owner: '' } as const
/** Canaries: none of them may turn up anywhere. */
export const canaries = {
  current: 'canary-current-Zx81',
  old: 'canary-old-Qw72',
  staged: 'canary-staged-Pm63',
}

export const declaration: SecretDeclaration = {
  id: writer,
  ...system,
  path: writerPath,
  fields: { principal: 'username', secret: 'password' },
  principals: ['logstash_a', 'logstash_b'],
  consumers: [{ hosts: 'logstash', verify: 'events' }],
  policy: { length: 32, alphabet: 'abcdefABCDEF0123456789' },
  rotateAfterDays: 30,
  soakMs: dayMs,
  gapAccepted: false,
  revokeWithoutApproval: false,
}

export interface AuditWorld {
  readonly world: FakeWorld
  readonly vault: FakeVault
  readonly credentials: FakeCredentials
  readonly consumers: FakeConsumers
  readonly certificates: FakeServedCertificates
  /** What hosts say beside what they really have: by host, fields of the status. */
  readonly says: Map<string, JsonObject>
  /** `address:port` of every server. */
  readonly servers: readonly string[]
}

export interface AuditOptions {
  readonly secrets?: readonly SecretDeclaration[]
  readonly vault?: FakeVaultOptions
  /** No system of this inventory has users. */
  readonly credentials?: 'absent'
}

export async function begin({
  secrets = [declaration],
  vault: given,
  credentials: absent,
}: AuditOptions = {}): Promise<AuditWorld> {
  const says: AuditWorld['says'] = new Map()
  const certificates = new FakeServedCertificates()
  let parts: Pick<AuditWorld, 'vault' | 'credentials' | 'consumers'> | null = null
  const made = () => {
    if (parts === null) throw new Error('the world is not there yet')
    return parts
  }
  const world = new FakeWorld({
    layout: 'small',
    secrets,
    servedCertificates: certificates,
    hosts: [
      ...['logstash01', 'logstash02'].map(name => ({ name, groups: ['logstash'] })),
      { name: 'vault01', groups: ['vault'], vars: { ansible_host: '10.0.0.91' } },
    ],
    vault: clock => {
      const vault = FakeVault.create(clock, {
        ...{ auth: 'approle', tokenLifetimeMs: 3_600_000, roles: { ops: 1 } },
        documents: { [writerPath]: { username: 'logstash_b', password: canaries.old } },
        ...given,
      })
      const credentials = FakeCredentials.create(clock, {
        principals: [
          { ...system, name: 'logstash_a', secret: canaries.current },
          { ...system, name: 'logstash_b', secret: canaries.old, enabled: false },
        ],
      })
      const door = doorOf(() => credentials, { [writer]: system })
      const consumers = FakeConsumers.create(
        clock,
        door,
        ['logstash01', 'logstash02'].map((name, at) => ({
          ...{ name, address: `10.0.1.${at + 1}` },
          secrets: { [writer]: { principal: 'logstash_a', secret: canaries.current } },
        })),
      )
      parts = { vault, credentials, consumers }
      return vault
    },
    credentials: () =>
      absent === undefined
        ? made().credentials
        : absentPort<CredentialsPort>('elasticsearch', 'inventory/fake'),
    playbooks: (_cluster, clock) => {
      const real = playbooksOnSecrets(clock, {
        ...{ consumers: () => made().consumers, credentials: () => made().credentials, nodes: [] },
      })
      return {
        ...real,
        'secret_status.yml': async (host, ...rest) => {
          const answer = await real['secret_status.yml']?.(host, ...rest)
          const patch = says.get(host.name)
          if (!answer || patch === undefined) return answer
          const statuses = Object.entries(answer.result as Record<string, JsonObject>)
          return {
            ...answer,
            result: Object.fromEntries(statuses.map(([id, status]) => [id, { ...status, ...patch }])),
          }
        },
      }
    },
  })
  const { vault } = made()
  vault.somebodyWrites(writerPath, { username: 'logstash_a', password: canaries.current })
  await vault.label(writerPath, {
    [`${writer}_rotated_at`]: world.clock.now().toISOString(),
    [`${writer}_run`]: 'run-0',
  })
  const { hosts } = await world.ansible.inventory()
  const servers = hosts.flatMap(({ groups, vars }) =>
    groups.includes('elasticsearch')
      ? [`${vars.ansible_host}:9200`]
      : groups.includes('vault')
        ? [`${vars.ansible_host}:8200`]
        : [],
  )
  for (const where of servers) certificates.serve(where, world.clock.now().getTime() + 400.02 * dayMs)
  return { world, ...made(), certificates, says, servers }
}

/** What a rotation stages before anything else. */
export async function stage({ vault }: AuditWorld, run = 'run-7'): Promise<void> {
  const path = `${writerPath}/pending/${writer}`
  vault.somebodyWrites(path, { principal: 'logstash_b', secret: canaries.staged })
  await vault.label(path, { ops_run: run, ops_state: 'staged' })
}

export const { planOn, run, carryOn } = commandsOf(audit)

/** What a plan says that is not well. */
export const trouble = async ({ world }: AuditWorld, params: JsonObject = {}): Promise<readonly string[]> =>
  (await planOn(world.begin(), params)).body.notes.filter(note => /^(warning|critical):/.test(note))
