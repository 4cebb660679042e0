// What every VaultPort promises. It runs on the fake and on a real server, logged in by an AppRole with the policy of the role `vault`, and
// each test uses paths of its own.
import { expect } from 'chai'
import { type OpsError, toOpsError } from '../../../src/errors/index.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { SecretText } from '../../../src/ports/secret.ts'
import type { VaultCapability, VaultPort } from '../../../src/ports/vault.ts'

export interface VaultUnderTest {
  /** Logged in by the AppRole `ops`. */
  readonly vault: VaultPort
  readonly clock: Clock
  /** Every secret that the port has registered. */
  readonly registered: ReadonlySet<string>
  /** What the port has told people. */
  readonly warnings: readonly string[]
  /** Logged in by a token that was given; it ends when `expire` is called. */
  withToken(): Promise<{ readonly vault: VaultPort; expire(): Promise<void> }>
  seal(): Promise<void>
  unseal(): Promise<void>
  stop(): Promise<void>
  /** Sealed, as a real one comes up. */
  start(): Promise<void>
  /** Ends every token that was got by the AppRole `ops`. */
  endTokens(): Promise<void>
  /** Takes capabilities on an API path away from `ops`. */
  deny(apiPath: string, left: readonly VaultCapability[]): Promise<void>
  allow(apiPath: string): Promise<void>
  somebodyWrites(path: string, fields: Readonly<Record<string, string>>): Promise<void>
  /** The next write has its effect, and its answer is lost. */
  loseNextAnswer(): Promise<void>
  /** The next write is lost on its way. */
  dropNextWrite(): Promise<void>
}

const secrets = (fields: Readonly<Record<string, string>>): Record<string, SecretText> =>
  Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, new SecretText(text)]))

const reveal = (fields: Readonly<Record<string, SecretText>> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(fields ?? {}).map(([name, secret]) => [name, secret.reveal()]))

const errorOf = async (call: Promise<unknown>): Promise<OpsError> => {
  const thrown = await call.then(
    () => null,
    error => error,
  )
  if (thrown === null) return expect.fail('nothing was thrown')
  return toOpsError(thrown)
}
const codeOf = async (call: Promise<unknown>): Promise<string> => (await errorOf(call)).code

export function describeVaultPort(label: string, connect: () => Promise<VaultUnderTest>): void {
  describe(`VaultPort on ${label}`, () => {
    let world: VaultUnderTest
    let vault: VaultPort

    before(async () => {
      world = await connect()
      vault = world.vault
    })

    describe('who it is, and who we are', () => {
      it('tells its state and its time without a login', async () => {
        const health = await vault.health()
        expect(health).to.include({ initialised: true, sealed: false, standby: false })
        expect(health.version).to.match(/^\d+\.\d+/)
        expect(health.clusterId).to.be.a('string')
        expect(Math.abs(health.serverTimeMs - world.clock.now().getTime())).to.be.below(5000)
      })

      it('says as whom we are logged in', async () => {
        const session = await vault.session()
        expect(session).to.include({ role: 'ops', renewable: true })
        expect(session.policies).to.include('ops')
        expect(session.expiresAtMs).to.be.above(world.clock.now().getTime())
      })

      it('knows the mount of a path, and says nothing of one that is hidden from us', async () => {
        const expected = { mount: 'secret/', type: 'kv', version: 2 }
        expect(await vault.mountOf('secret/contract/a')).to.deep.equal(expected)
        expect(await codeOf(vault.mountOf('elsewhere/contract'))).to.equal('VAULT_FORBIDDEN')
      })

      it('says what we may do, path by path', async () => {
        await world.deny('secret/data/contract/seen', ['read'])
        const found = await vault.capabilities(['secret/data/contract/a', 'secret/data/contract/seen'])
        expect(found.get('secret/data/contract/a')).to.include.members(['create', 'read', 'update'])
        expect(found.get('secret/data/contract/seen')).to.deep.equal(['read'])
        await world.allow('secret/data/contract/seen')
      })
    })

    describe('documents', () => {
      it('has nothing where nothing was written', async () => {
        expect(await vault.read('secret/contract/none')).to.equal(null)
        expect(await vault.readFresh('secret/contract/none')).to.equal(null)
        expect(await vault.metadata('secret/contract/none')).to.equal(null)
        expect(await vault.list('secret/contract/none')).to.deep.equal([])
      })

      it('keeps every version that was written on top of the last', async () => {
        const path = 'secret/contract/versions'
        expect(await vault.write(path, secrets({ username: 'anna', password: 'first-canary' }), 0)).to.equal(
          1,
        )
        expect(await vault.write(path, secrets({ username: 'anna', password: 'second-canary' }), 1)).to.equal(
          2,
        )
        const current = await vault.read(path)
        expect(current).to.include({ path, version: 2, cachedAtMs: null })
        expect(reveal(current?.fields)).to.deep.equal({ username: 'anna', password: 'second-canary' })
        const first = await vault.readFresh(path, 1)
        expect(reveal(first?.fields)).to.deep.equal({ username: 'anna', password: 'first-canary' })
        expect(await vault.read(path, 7)).to.equal(null)
        const metadata = await vault.metadata(path)
        expect(metadata).to.include({ currentVersion: 2, casRequired: false, maxVersions: 10 })
        expect(metadata?.versions.map(({ version, gone }) => [version, gone])).to.deep.equal([
          [1, false],
          [2, false],
        ])
        expect(current?.createdAtMs).to.equal(metadata?.versions.at(-1)?.createdAtMs)
      })

      it('registers every secret that it reads, and no user name', async () => {
        const path = 'secret/contract/registered'
        await world.somebodyWrites(path, { username: 'registered_user', password: 'registered-canary' })
        expect(world.registered.has('registered-canary')).to.equal(false)
        const found = await vault.readFresh(path)
        expect(world.registered.has('registered-canary')).to.equal(true)
        expect(world.registered.has('registered_user')).to.equal(false)
        expect(JSON.stringify(found)).not.to.include('registered-canary')
      })

      it('refuses to write on top of what somebody else has written meanwhile', async () => {
        const path = 'secret/contract/conflict'
        await vault.write(path, secrets({ password: 'ours-canary' }), 0)
        await world.somebodyWrites(path, { password: 'theirs-canary' })
        const thrown = await errorOf(vault.write(path, secrets({ password: 'lost-canary' }), 1))
        expect(thrown.code).to.equal('VAULT_CONFLICT')
        expect(thrown.message).not.to.include('canary')
        expect(await codeOf(vault.write(path, secrets({ password: 'lost-canary' }), 0))).to.equal(
          'VAULT_CONFLICT',
        )
        expect(reveal((await vault.readFresh(path))?.fields)).to.deep.equal({ password: 'theirs-canary' })
      })

      it('merges labels, takes single ones away, and leaves versions alone', async () => {
        const path = 'secret/contract/labels'
        await vault.write(path, secrets({ password: 'labels-canary' }), 0)
        await vault.label(path, { ops_run: 'run-1', ops_state: 'staged' })
        await vault.label(path, { ops_state: null, rotated_at: '2025-04-10T08:00:00Z' })
        const metadata = await vault.metadata(path)
        expect(metadata?.labels).to.deep.equal({ ops_run: 'run-1', rotated_at: '2025-04-10T08:00:00Z' })
        expect(metadata?.currentVersion).to.equal(1)
      })

      it('labels where only a whole write is allowed, and what has no version yet', async () => {
        const path = 'secret/contract/unpatched'
        await vault.write(path, secrets({ password: 'unpatched-canary' }), 0)
        await vault.label(path, { a: '1', b: '2' })
        await world.deny('secret/metadata/contract/unpatched', ['create', 'read', 'update'])
        await vault.label(path, { b: null, c: '3' })
        await world.allow('secret/metadata/contract/unpatched')
        expect((await vault.metadata(path))?.labels).to.deep.equal({ a: '1', c: '3' })
        await vault.label('secret/contract/empty', { a: '1' })
        expect(await vault.metadata('secret/contract/empty')).to.deep.include({
          currentVersion: 0,
          labels: { a: '1' },
        })
      })

      it('destroys single versions for good', async () => {
        const path = 'secret/contract/destroyed'
        await vault.write(path, secrets({ password: 'gone-canary' }), 0)
        await vault.write(path, secrets({ password: 'kept-canary' }), 1)
        await vault.destroyVersions(path, [1])
        await vault.destroyVersions(path, [1])
        expect(await vault.read(path, 1)).to.equal(null)
        expect(reveal((await vault.read(path))?.fields)).to.deep.equal({ password: 'kept-canary' })
        expect((await vault.metadata(path))?.versions.map(({ gone }) => gone)).to.deep.equal([true, false])
      })

      it('removes a staged document with all it has, and lists what is left', async () => {
        const path = 'secret/contract/pending/one'
        await vault.write(path, secrets({ secret: 'staged-canary' }), 0)
        await vault.write('secret/contract/pending/two', secrets({ secret: 'staged-canary-2' }), 0)
        expect(await vault.list('secret/contract')).to.include('pending/')
        expect(await vault.list('secret/contract/pending')).to.deep.equal(['one', 'two'])
        await vault.removeAll(path)
        await vault.removeAll(path)
        expect(await vault.metadata(path)).to.equal(null)
        expect(await vault.list('secret/contract/pending')).to.deep.equal(['two'])
        expect(await vault.write(path, secrets({ secret: 'staged-canary-3' }), 0)).to.equal(1)
      })

      it('says that it does not know what became of a write without an answer, and sends it once', async () => {
        const path = 'secret/contract/lost'
        await vault.write(path, secrets({ password: 'before-canary' }), 0)
        await world.loseNextAnswer()
        const lost = await errorOf(vault.write(path, secrets({ password: 'after-canary' }), 1))
        expect(lost.code).to.equal('OUTCOME_UNKNOWN')
        expect(lost.message).not.to.include('canary')
        expect((await vault.metadata(path))?.currentVersion).to.equal(2)
        await world.dropNextWrite()
        expect(await codeOf(vault.write(path, secrets({ password: 'never-canary' }), 2))).to.equal(
          'OUTCOME_UNKNOWN',
        )
        expect((await vault.metadata(path))?.currentVersion).to.equal(2)
      })
    })

    describe('what is not allowed', () => {
      it('names the path that a policy forbids, for reads and for writes', async () => {
        const path = 'secret/contract/forbidden'
        await vault.write(path, secrets({ password: 'forbidden-canary' }), 0)
        await world.deny('secret/data/contract/forbidden', ['read'])
        const thrown = await errorOf(vault.write(path, secrets({ password: 'refused-canary' }), 1))
        expect(thrown.code).to.equal('VAULT_FORBIDDEN')
        expect(thrown.message).to.include('secret/data/contract/forbidden')
        expect((await vault.read(path))?.version).to.equal(1)
        await world.deny('secret/data/contract/forbidden', ['deny'])
        expect(await codeOf(vault.read(path))).to.equal('VAULT_FORBIDDEN')
        expect(await codeOf(vault.readFresh(path))).to.equal('VAULT_FORBIDDEN')
        await world.allow('secret/data/contract/forbidden')
        expect((await vault.readFresh(path))?.version).to.equal(1)
      })
    })

    describe('a session that ends', () => {
      it('is begun anew by an AppRole, and nobody notices', async () => {
        await vault.write('secret/contract/session', secrets({ password: 'session-canary' }), 0)
        await world.endTokens()
        const asked = ['a', 'b', 'c'].map(() => vault.readFresh('secret/contract/session'))
        expect((await Promise.all(asked)).map(found => found?.version)).to.deep.equal([1, 1, 1])
        await world.endTokens()
        expect(
          await vault.write('secret/contract/session', secrets({ password: 'next-canary' }), 1),
        ).to.equal(2)
      })

      it('is over with a token that was given, for reads and for writes', async () => {
        const path = 'secret/contract/token'
        const { vault: own, expire } = await world.withToken()
        await own.write(path, secrets({ password: 'token-canary' }), 0)
        expect((await own.session()).role).to.equal(null)
        await expire()
        for (const call of [
          () => own.read(path),
          () => own.readFresh(path),
          () => own.session(),
          () => own.write(path, secrets({ password: 'refused-canary' }), 1),
        ])
          expect(await codeOf(call())).to.equal('VAULT_AUTH')
        await own.close()
      })
    })

    describe('secret-ids of an AppRole', () => {
      it('are made, marked, listed, tried and destroyed', async () => {
        const roleId = await vault.roleId('shipper')
        expect(roleId).to.be.a('string').and.not.equal('')
        const made = await vault.makeSecretId('shipper', { ops_run: 'run-1' })
        expect(world.registered.has(made.secretId.reveal())).to.equal(true)
        const listed = (await vault.secretIds('shipper')).find(({ accessor }) => accessor === made.accessor)
        expect(listed).to.deep.include({ metadata: { ops_run: 'run-1' }, expiresAtMs: null })
        expect(await vault.logsIn('shipper', made.secretId)).to.equal(true)
        expect(await vault.logsIn('shipper', new SecretText('not-a-secret-id'))).to.equal(false)
        await vault.destroySecretId('shipper', made.accessor)
        await vault.destroySecretId('shipper', made.accessor)
        expect(await vault.logsIn('shipper', made.secretId)).to.equal(false)
        expect((await vault.secretIds('shipper')).map(({ accessor }) => accessor)).not.to.include(
          made.accessor,
        )
      })

      it('are none of a role that is not there', async () => {
        expect(await codeOf(vault.roleId('nobody'))).to.equal('VAULT_REJECTED')
        expect(await codeOf(vault.secretIds('nobody'))).to.equal('VAULT_REJECTED')
        expect(await codeOf(vault.makeSecretId('nobody', {}))).to.equal('VAULT_REJECTED')
      })
    })

    for (const trouble of ['sealed', 'stopped'] as const)
      describe(`a Vault that is ${trouble}`, () => {
        const path = `secret/contract/cached-${trouble}`
        const code = trouble === 'sealed' ? 'VAULT_SEALED' : 'VAULT_UNREACHABLE'
        before(async () => {
          await world.somebodyWrites(path, { username: 'anna', password: `${trouble}-cached-canary` })
          await vault.read(path)
          await vault.write(
            `secret/contract/pending/${trouble}`,
            secrets({ secret: `${trouble}-pending-canary` }),
            0,
          )
          await vault.read(`secret/contract/pending/${trouble}`)
          await (trouble === 'sealed' ? world.seal() : world.stop())
        })
        after(async () => {
          if (trouble === 'stopped') await world.start()
          await world.unseal()
        })

        it('still gives what was read before, says when that was, and tells people once', async () => {
          const before = world.warnings.length
          const nowMs = world.clock.now().getTime()
          for (let times = 0; times < 2; times++) {
            const found = await vault.read(path)
            expect(reveal(found?.fields)).to.deep.equal({
              username: 'anna',
              password: `${trouble}-cached-canary`,
            })
            expect(found?.version).to.equal(1)
            expect(Math.abs((found?.cachedAtMs ?? 0) - nowMs)).to.be.below(60_000)
          }
          expect(world.warnings.length).to.equal(before + 1)
          expect(world.warnings.at(-1)).to.include(path)
          expect(world.warnings.at(-1)).not.to.include('canary')
        })

        it('gives nothing else: no other version, nothing staged, nothing that was never read', async () => {
          expect(await codeOf(vault.readFresh(path))).to.equal(code)
          expect(await codeOf(vault.read(path, 1))).to.equal(code)
          expect(await codeOf(vault.read(`secret/contract/pending/${trouble}`))).to.equal(code)
          expect(await codeOf(vault.read('secret/contract/never-read'))).to.equal(code)
        })

        it('takes no write and tells nothing', async () => {
          for (const call of [
            () => vault.write(path, secrets({ password: 'refused-canary' }), 1),
            () => vault.label(path, { a: '1' }),
            () => vault.metadata(path),
            () => vault.session(),
            () => vault.makeSecretId('shipper', {}),
            () => vault.logsIn('shipper', new SecretText('any-secret-id')),
          ])
            expect(await codeOf(call())).to.equal(code)
          if (trouble === 'sealed')
            expect(await vault.health()).to.include({ sealed: true, initialised: true })
          else expect(await codeOf(vault.health())).to.equal(code)
        })
      })

    describe('after that', () => {
      it('goes on as before, with nothing of what was refused', async () => {
        const found = await vault.readFresh('secret/contract/cached-stopped')
        expect(found).to.include({ version: 1, cachedAtMs: null })
        expect((await vault.metadata('secret/contract/cached-sealed'))?.labels).to.deep.equal({})
      })
    })
  })
}
