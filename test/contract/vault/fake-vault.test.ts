// What tests rely on in the fake beyond the contract: that it can be saved and goes on the same, that trouble comes when it was planned, and
// its books.
import { expect } from 'chai'
import { toOpsError } from '../../../src/errors/index.ts'
import { SecretText } from '../../../src/ports/secret.ts'
import { JumpClock } from '../../support/fake-cluster/jump-clock.ts'
import { FakeVault, type FakeVaultState } from '../../support/fake-vault/fake-vault.ts'

const path = 'secret/elk/logstash'
const staged = { password: new SecretText('new-password') }
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => expect.fail('nothing was thrown'),
    thrown => toOpsError(thrown).code,
  )

describe('the fake Vault', () => {
  let clock: JumpClock
  let vault: FakeVault
  beforeEach(() => {
    clock = new JumpClock()
    vault = FakeVault.create(clock, {
      documents: { [path]: { password: 'old-password' } },
      roles: { ops: 1 },
    })
  })

  it('goes on in another process from what was saved after every change, whatever its clock says', async () => {
    let saved = ''
    const hooks = {
      save: (state: FakeVaultState) => {
        saved = JSON.stringify(state)
      },
    }
    const first = FakeVault.from(vault.toJSON(), clock, hooks)
    await clock.sleep(3_600_000)
    await first.write(path, staged, 1)
    await first.label(path, { ops_run: 'run-1' })
    first.before('write', { do: 'seal' }, path)
    const next = FakeVault.from(JSON.parse(saved), new JumpClock())
    expect(next.state.atMs).to.equal(clock.now().getTime())
    expect(next.fields(path)).to.deep.equal({ password: 'new-password' })
    expect((await next.metadata(path))?.labels).to.deep.equal({ ops_run: 'run-1' })
    expect(next.effects).to.deep.equal([`write ${path} 1`, `write ${path} 2`, `label ${path} ops_run`])
    expect(await codeOf(next.write(path, staged, 2))).to.equal('VAULT_SEALED')
    expect(first.state.sealed, 'it is another Vault').to.equal(false)
  })

  it('meets trouble right before the call that it was planned for, once', async () => {
    vault.before('write', { do: 'write', path, fields: { password: 'theirs' } })
    expect((await vault.readFresh(path))?.version).to.equal(1)
    expect(await codeOf(vault.write(path, staged, 1))).to.equal('VAULT_CONFLICT')
    expect(await vault.write(path, staged, 2)).to.equal(3)
  })

  it('loses an answer of the next write only, after its effect', async () => {
    vault.loseNextAnswer()
    expect((await vault.readFresh(path))?.version).to.equal(1)
    expect(await codeOf(vault.makeSecretId('ops', {}))).to.equal('OUTCOME_UNKNOWN')
    expect((await vault.secretIds('ops')).length).to.equal(2)
    expect(await vault.write(path, staged, 1)).to.equal(2)
  })

  it('lets nobody in with a token that has ended, until there is another one', async () => {
    await vault.session()
    vault.expireToken()
    expect(await codeOf(vault.read(path))).to.equal('VAULT_AUTH')
    expect(await codeOf(vault.session())).to.equal('VAULT_AUTH')
    vault.giveToken()
    expect((await vault.read(path))?.version).to.equal(1)
  })

  it('ends a token of an AppRole by itself in time, and logs in again unless that is refused', async () => {
    const own = FakeVault.create(clock, { auth: 'approle', tokenLifetimeMs: 60_000 })
    await own.session()
    await clock.sleep(61_000)
    await own.session()
    expect(own.state.logins).to.equal(2)
    own.refuseLogin()
    expect(await codeOf(own.session())).to.equal('VAULT_AUTH')
  })

  it('keeps ten versions, as Vault does', async () => {
    for (let version = 1; version <= 11; version++) await vault.write(path, staged, version)
    const versions = (await vault.metadata(path))?.versions.map(({ version }) => version)
    expect(versions?.[0]).to.equal(3)
    expect(versions?.at(-1)).to.equal(12)
    expect(await vault.read(path, 1)).to.equal(null)
  })

  it('forgets what it had cached once that is too old', async () => {
    await vault.read(path)
    vault.standBy()
    expect((await vault.read(path))?.cachedAtMs).to.equal(clock.now().getTime())
    await clock.sleep(73 * 3_600_000)
    expect(await codeOf(vault.read(path))).to.equal('VAULT_STANDBY')
  })

  it('denies single capabilities, and everything below a path', async () => {
    vault.deny('secret/data/*', ['update'])
    expect((await vault.read(path))?.version).to.equal(1)
    expect(await codeOf(vault.write(path, staged, 1))).to.equal('VAULT_FORBIDDEN')
    expect(await vault.write('secret/elk/new', staged, 0)).to.equal(1)
    vault.allow('secret/data/*')
    expect(await vault.write(path, staged, 1)).to.equal(2)
  })
})
