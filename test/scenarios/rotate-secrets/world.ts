// A fake world in which secrets are used: Vault, the users of every system, and hosts under load that log in with what they were given.
// It looks at every change whether anybody is locked out.
import { expect } from 'chai'
import rotateSecrets from '../../../runbooks/rotate-secrets/runbook.ts'
import { approveRun } from '../../../src/engine/approvals.ts'
import { type MadePlan, makePlan } from '../../../src/engine/plan.ts'
import { type RunEnd, resumeRun, startRun } from '../../../src/engine/run.ts'
import type { CredentialSystem } from '../../../src/ports/credentials.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { SecretDeclaration } from '../../../src/sdk/index.ts'
import {
  FakeCredentials,
  type FakeCredentialsOptions,
} from '../../support/fake-credentials/fake-credentials.ts'
import { FakeVault, type FakeVaultOptions } from '../../support/fake-vault/fake-vault.ts'
import { doorOf, type FakeConsumerHost, FakeConsumers } from '../../support/fake-world/fake-consumers.ts'
import { type FakeProcess, FakeWorld, type ProcessOptions } from '../../support/fake-world/fake-world.ts'
import { playbooksOnSecrets, type SecretPlaybooksOptions } from '../../support/fake-world/secret-playbooks.ts'
import { untilItEnds } from '../../support/fake-world/until-it-ends.ts'

/** Must turn up nowhere but in Vault, in the systems and on the hosts. */
export const firstSecret = 'canary-First-Secret-0'

export const writer: SecretDeclaration = {
  id: 'logstash-writer',
  kind: 'elasticsearch-user',
  owner: '',
  path: 'secret/elk/logstash',
  fields: { principal: 'username', secret: 'password' },
  principals: ['logstash_a', 'logstash_b'],
  consumers: [{ hosts: 'logstash', verify: 'events' }],
  policy: { length: 24, alphabet: 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789' },
  rotateAfterDays: 30,
  soakMs: 3_600_000,
  gapAccepted: false,
  revokeWithoutApproval: true,
}

export interface RotationOptions {
  readonly secrets?: readonly SecretDeclaration[]
  readonly vault?: FakeVaultOptions
  readonly credentials?: FakeCredentialsOptions
  readonly source?: SecretPlaybooksOptions['source']
  /** Of the consumers, by host; default: two that write with `writer`. */
  readonly hosts?: readonly FakeConsumerHost[]
  /** Their variables beside the entries, by host. */
  readonly vars?: Readonly<Record<string, JsonObject>>
  readonly atVault?: AtVault
  /** Off: nobody looks at every change whether somebody is locked out. */
  readonly checks?: boolean
}

/** Something that happens right before the n-th request to Vault, counted from 1. */
export interface AtVault {
  readonly call: number
  readonly happens: (vault: FakeVault) => void
}

export interface RotationWorld {
  /** Requests to Vault so far. */
  readonly vaultCalls: () => number
  /** Kills a process as soon as so many changes were made in Vault and in the systems. */
  killAt: { readonly effect: number; readonly process: FakeProcess } | null
  readonly world: FakeWorld
  readonly vault: FakeVault
  readonly credentials: FakeCredentials
  readonly consumers: FakeConsumers
  /** Who was locked out, at any moment: `logstash01 as logstash_a`. */
  readonly lockedOut: string[]
}

export const twoShippers = (secretId = 'logstash-writer', principal = 'logstash_a'): FakeConsumerHost[] =>
  ['logstash01', 'logstash02'].map((name, at) => ({
    name,
    address: `10.0.7.${at + 1}`,
    secrets: { [secretId]: { principal, secret: firstSecret } },
  }))

const usualPrincipals: NonNullable<FakeCredentialsOptions['principals']> = [
  { kind: 'elasticsearch-user', name: 'logstash_a', secret: firstSecret },
  { kind: 'elasticsearch-user', name: 'logstash_b', secret: 'whatever-it-was', enabled: false },
]

export function rotationWorld({
  secrets = [writer],
  vault: vaultOptions,
  credentials: credentialOptions,
  source,
  hosts = twoShippers(),
  vars = {},
  atVault,
  checks = true,
}: RotationOptions = {}): RotationWorld {
  const lockedOut: string[] = []
  const rotation: { killAt: RotationWorld['killAt'] } = { killAt: null }
  let vault: FakeVault | undefined
  let credentials: FakeCredentials | undefined
  let consumers: FakeConsumers | undefined
  const systems = Object.fromEntries(
    secrets.map(({ id, kind, owner }): [string, CredentialSystem] => [id, { kind, owner }]),
  )
  const door = doorOf(() => credentials as FakeCredentials, systems)
  let calls = 0
  const counted = (port: FakeVault): FakeVault =>
    new Proxy(port, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => {
          calls += 1
          if (calls === atVault?.call) atVault.happens(target)
          return value.apply(target, given) as unknown
        }
      },
    })
  const check = (): void => {
    if (!checks) return
    const { killAt } = rotation
    const effects = (vault?.effects.length ?? 0) + (credentials?.state.history.length ?? 0)
    if (killAt !== null && effects >= killAt.effect) killAt.process.life.kill()
    for (const [host, { files, running }] of Object.entries(consumers?.state.consumers ?? {}))
      for (const logins of [files, running?.logins ?? {}])
        for (const [id, login] of Object.entries(logins))
          if (!door.admits(id, login)) lockedOut.push(`${host} as ${login.principal}`)
  }
  const world = new FakeWorld({
    layout: 'small',
    hosts: hosts.map(({ name, address, secrets: own }) => ({
      name,
      groups: ['logstash'],
      vars: {
        ansible_host: address,
        secret_consumers: Object.fromEntries(
          Object.keys(own).map(id => [
            id,
            {
              service: 'logstash',
              apply: 'restart',
              login_url: 'https://es-node01:9200/_security/_authenticate',
            },
          ]),
        ),
        ...vars[name],
      },
    })),
    secrets,
    vault: clock => {
      vault = FakeVault.create(
        clock,
        {
          documents: { 'secret/elk/logstash': { username: 'logstash_a', password: firstSecret } },
          ...vaultOptions,
        },
        { save: check },
      )
      return counted(vault)
    },
    credentials: clock => {
      credentials = FakeCredentials.create(
        clock,
        { principals: usualPrincipals, ...credentialOptions },
        check,
      )
      consumers = FakeConsumers.create(clock, door, hosts, check)
      return credentials
    },
    playbooks: (cluster, clock) =>
      playbooksOnSecrets(clock, {
        consumers: () => consumers as FakeConsumers,
        credentials: () => credentials as FakeCredentials,
        nodes: cluster.state.nodes.map(({ name }) => name),
        isTraced: () => cluster.state.settings.persistent[tracer] === 'TRACE',
        ...(source === undefined ? {} : { source }),
      }),
  })
  if (!vault || !credentials || !consumers) throw new Error('the world has not made its parts')
  return Object.assign(rotation, {
    ...{ world, vault, credentials, consumers, lockedOut },
    vaultCalls: () => calls,
  })
}

export const all: JsonObject = { secret: 'logstash-writer', soak: '10m', canary: '20s' }

export const planOn = (
  { engine }: FakeProcess,
  params: JsonObject = all,
  waivers: ReadonlyMap<string, string> = new Map(),
): Promise<MadePlan> =>
  makePlan(engine, rotateSecrets, rotateSecrets.params.parse(params) as JsonObject, waivers)

export const rotate = (
  process: FakeProcess,
  params: JsonObject = all,
  waivers: ReadonlyMap<string, string> = new Map(),
): Promise<RunEnd | 'killed'> =>
  untilItEnds(process, async () =>
    startRun(process.engine, await planOn(process, params, waivers), process.control),
  )

export const carryOn = (
  process: FakeProcess,
  mode: 'resume' | 'abort' = 'resume',
  id = 'run-1',
): Promise<RunEnd | 'killed'> =>
  untilItEnds(process, () =>
    resumeRun(process.engine, rotateSecrets, id, mode, { acceptChanged: false }, process.control),
  )

export async function approve({ world }: RotationWorld, options: ProcessOptions = { actor: 'ben' }) {
  await approveRun(world.begin(options).engine, 'run-1')
}

export async function textOf({ world }: RotationWorld, id = 'run-1'): Promise<string> {
  return (await world.journal.read(id)).map(record => JSON.stringify(record)).join('\n')
}

export async function remarksOf({ world }: RotationWorld, id = 'run-1'): Promise<string> {
  return (await world.journal.read(id))
    .filter(({ type }) => type === 'remark')
    .map(({ text }) => String(text))
    .join('\n')
}

const held = ({ consumers }: RotationWorld, id = 'logstash-writer'): string[] =>
  Object.values(consumers.state.consumers).map(({ files }) => files[id]?.principal ?? 'nobody')

/** Everybody uses the new one, the old one is refused, and nothing is left over. */
export function expectRotated(rotation: RotationWorld): void {
  const { world, vault, credentials, consumers, lockedOut } = rotation
  expect(lockedOut, 'locked out').to.deep.equal([])
  expect(held(rotation), 'consumers').to.deep.equal(['logstash_b', 'logstash_b'])
  const system = { kind: writer.kind, owner: '' }
  expect(credentials.canLogIn(system, 'logstash_a', firstSecret), 'old one').to.equal(false)
  const fields = vault.fields(writer.path)
  expect(fields?.username).to.equal('logstash_b')
  expect(credentials.canLogIn(system, 'logstash_b', fields?.password ?? ''), 'new one').to.equal(true)
  expect(vault.document(`${writer.path}/pending/${writer.id}`), 'staged').to.equal(null)
  expect(vault.fields(writer.path, 1), 'first version').to.equal(null)
  expect(
    Object.values(consumers.state.consumers).map(({ running }) => running?.logins[writer.id]?.principal),
  ).to.deep.equal(['logstash_b', 'logstash_b'])
  expect([...world.lockTable.rows.keys()], 'locks').to.deep.equal([])
  expect(world.cluster.state.settings.persistent, 'settings').to.not.have.property(tracer)
}

export const tracer = 'logger.org.elasticsearch.http.HttpTracer'

/** Everybody is where they were. */
export function expectTakenBack(rotation: RotationWorld): void {
  const { world, vault, credentials, lockedOut } = rotation
  expect(lockedOut, 'locked out').to.deep.equal([])
  expect(held(rotation), 'consumers').to.deep.equal(['logstash_a', 'logstash_a'])
  const system = { kind: writer.kind, owner: '' }
  expect(credentials.canLogIn(system, 'logstash_a', firstSecret), 'old one').to.equal(true)
  expect(vault.fields(writer.path)).to.deep.equal({ username: 'logstash_a', password: firstSecret })
  expect(vault.document(writer.path)?.labels, 'labels').to.deep.equal({})
  expect(vault.document(`${writer.path}/pending/${writer.id}`), 'staged').to.equal(null)
  const other = credentials.state.principals.find(({ name }) => name === 'logstash_b')
  expect(other?.enabled, 'logstash_b').to.equal(false)
  expect([...world.lockTable.rows.keys()], 'locks').to.deep.equal([])
  expect(world.cluster.state.settings.persistent, 'settings').to.not.have.property(tracer)
}

/** With the reason why where it has ended otherwise. */
export function expectOutcome(end: RunEnd | 'killed', outcome: RunEnd['outcome']): void {
  if (end === 'killed') throw new Error('the process was killed')
  expect(end.outcome, end.error?.message ?? '').to.equal(outcome)
}

/** Every secret that there has been, in Vault, in the systems and on the hosts. */
export function secretsIn({ world, vault, credentials, consumers }: RotationWorld): string[] {
  const given = world.ansible.requests.flatMap(({ vars }) =>
    typeof vars.ops_secret_value === 'string' ? [vars.ops_secret_value] : [],
  )
  const stored = Object.values(vault.state.documents).flatMap(({ versions }) =>
    versions.flatMap(({ fields }) => fields.password ?? fields.secret ?? []),
  )
  const held = Object.values(consumers.state.consumers).flatMap(({ files }) =>
    Object.values(files).map(({ secret }) => secret),
  )
  const known = credentials.state.principals.map(({ secret }) => secret)
  return [...new Set([firstSecret, ...given, ...stored, ...held, ...known])]
}
