// How an inventory says where Vault is, and the password of the cluster that may be in it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { absentPort } from '../../../src/app/absent.ts'
import { connectCluster } from '../../../src/app/cluster.ts'
import { openVault } from '../../../src/app/vault.ts'
import { Redactor } from '../../../src/engine/redactor.ts'
import { type OpsError, toOpsError } from '../../../src/errors/index.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { VaultPort } from '../../../src/ports/vault.ts'
import { JumpClock } from '../../support/fake-cluster/jump-clock.ts'
import { FakeVault } from '../../support/fake-vault/fake-vault.ts'

const inventoryOf = (vars: JsonObject, group = 'vault') => ({
  source: 'inventory/test',
  hash: '',
  hosts: [{ name: `${group}01`, groups: [group], vars }],
})

async function failureOf(call: () => Promise<unknown>): Promise<OpsError> {
  try {
    await call()
  } catch (thrown) {
    return toOpsError(thrown)
  }
  return expect.fail('nothing was thrown')
}

describe('Vault of an inventory', () => {
  let directory: string
  let redactor: Redactor
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ops-app-vault-'))
    redactor = new Redactor()
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const open = (vars: JsonObject, group?: string) =>
    openVault(inventoryOf(vars, group), {
      stateDir: directory,
      redactor,
      secrets: [],
      clock: new JumpClock(),
      warn: () => {},
    })
  const file = (name: string, text: string, mode = 0o600): string => {
    const path = join(directory, name)
    writeFileSync(path, text, { mode })
    return path
  }
  /** Nobody listens there. */
  const closed = { ansible_host: '127.0.0.1', vault_port: 1 }

  it('is absent where no host is in its group', () => {
    expect(open({}, 'kafka')).to.equal(null)
  })

  it('is reached by address and port, each with a default, and names what does not answer', async () => {
    expect(await open(closed)?.endpoint()).to.deep.include({
      host: 'vault01',
      address: 'https://127.0.0.1:1',
    })
    expect((await open(closed)?.endpoint())?.problem).to.include('ECONNREFUSED')
    expect((await open({ vault_host: '::1' })?.endpoint())?.address).to.equal('https://[::1]:8200')
  })

  it('reads its login when that is needed, and says what is wrong with it', async () => {
    const roleId = file('role-id', 'role\n', 0o644)
    const cases = [
      [{}, 'INVENTORY_INVALID', /how ops logs in/],
      [{ vault_role_id_file: '/nowhere', vault_secret_id_file: '/nowhere' }, 'SECRET_MISSING', /role id/],
      [{ vault_role_id_file: roleId, vault_secret_id_file: '/nowhere' }, 'SECRET_MISSING', /nowhere/],
      [
        { vault_role_id_file: roleId, vault_secret_id_file: file('open', 'secret-id', 0o644) },
        'SECRET_MISSING',
        /read by others/,
      ],
      [{ vault_token_file: '/nowhere' }, 'SECRET_MISSING', /nowhere/],
      [{ vault_token_file: file('token', 'token-canary') }, 'VAULT_UNREACHABLE', /ECONNREFUSED/],
      [
        { vault_role_id_file: roleId, vault_secret_id_file: file('secret-id', 'secret-id-canary') },
        'VAULT_UNREACHABLE',
        /ECONNREFUSED/,
      ],
    ] as const
    for (const [vars, code, words] of cases) {
      const opened = open({ ...closed, ...vars })
      const thrown = await failureOf(async () => opened?.port.session())
      expect(thrown.code, thrown.message).to.equal(code)
      expect(thrown.message).to.match(words)
    }
    expect(redactor.text('token-canary secret-id-canary')).to.equal('[redacted] [redacted]')
  })

  it('refuses an age of copies that is none', async () => {
    const thrown = await failureOf(async () => open({ vault_cache_hours: 'long' }))
    expect(thrown.code).to.equal('INVENTORY_INVALID')
  })
})

describe('a password of the cluster that is in Vault', () => {
  const connect = (vars: JsonObject, vault: Pick<VaultPort, 'read'>, redactor = new Redactor()) =>
    connectCluster(inventoryOf({ es_username: 'ops', ...vars }, 'elasticsearch'), redactor, vault)
  const fake = () =>
    FakeVault.create(new JumpClock(), { documents: { 'secret/elk/ops': { password: 'cluster-canary' } } })

  it('is read from there, goes before the file, and is kept out of whatever is said', async () => {
    const redactor = new Redactor()
    const vars = { es_password_vault: 'secret/elk/ops#password', es_password_file: '/nowhere' }
    await (await connect(vars, fake(), redactor))?.close()
    expect(redactor.text('cluster-canary')).to.equal('[redacted]')
  })

  it('is taken from the copy of this machine while Vault is away', async () => {
    const vault = fake()
    const vars = { es_password_vault: 'secret/elk/ops#password' }
    vault.seal()
    expect((await failureOf(() => connect(vars, vault))).code).to.equal('VAULT_SEALED')
    vault.unseal()
    await (await connect(vars, vault))?.close()
    vault.seal()
    await (await connect(vars, vault))?.close()
  })

  it('is missed by the name of its place', async () => {
    const cases = [
      ['secret/elk/ops', 'INVENTORY_INVALID'],
      ['secret/elk/ops#', 'INVENTORY_INVALID'],
      ['secret/elk/ops#token', 'SECRET_MISSING'],
      ['secret/elk/nobody#password', 'SECRET_MISSING'],
    ] as const
    for (const [place, code] of cases) {
      const thrown = await failureOf(() => connect({ es_password_vault: place }, fake()))
      expect(thrown.code, place).to.equal(code)
      expect(thrown.message + thrown.hint).to.include('es_password_vault')
    }
    const absent = absentPort<VaultPort>('vault', 'inventory/test')
    const thrown = await failureOf(() => connect({ es_password_vault: 'secret/elk/ops#password' }, absent))
    expect(thrown).to.include({ code: 'INVENTORY_INVALID' })
  })
})
