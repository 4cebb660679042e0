// Secret-ids of an AppRole as credentials, on a role that is kept in memory.
import { expect } from 'chai'
import { openAppRoleCredentials } from '../../../../src/adapters/vault/approle-credentials.ts'
import { OpsError } from '../../../../src/errors/index.ts'
import type { CredentialSystem } from '../../../../src/ports/credentials.ts'
import { SecretText } from '../../../../src/ports/secret.ts'
import type { VaultPort } from '../../../../src/ports/vault.ts'

const system: CredentialSystem = { kind: 'vault-approle', owner: 'shipper' }

/** As Vault does it: an unknown accessor is an error, and a secret-id is told once. */
function openRole() {
  const ids = new Map<string, { secret: string; metadata: Readonly<Record<string, string>> }>()
  let trouble: OpsError | null = null
  const check = (role: string): void => {
    if (trouble) throw trouble
    expect(role).to.equal('shipper')
  }
  const vault = {
    async makeSecretId(role, metadata) {
      check(role)
      const accessor = `accessor-${ids.size + 1}`
      ids.set(accessor, { secret: `secret-id-${ids.size + 1}`, metadata })
      return { accessor, secretId: new SecretText(`secret-id-${ids.size}`) }
    },
    async secretIds(role) {
      check(role)
      return [...ids].map(([accessor, { metadata }]) => ({
        accessor,
        metadata,
        createdAtMs: 0,
        expiresAtMs: null,
      }))
    },
    async destroySecretId(role, accessor) {
      check(role)
      if (!ids.delete(accessor)) throw new OpsError('VAULT_REJECTED', { message: 'unknown accessor' })
    },
    async logsIn(role, secretId) {
      check(role)
      return [...ids.values()].some(({ secret }) => secret === secretId.reveal())
    },
  } satisfies Partial<VaultPort>
  return {
    credentials: openAppRoleCredentials(vault as unknown as VaultPort),
    fail: (code: OpsError['code']) => {
      trouble = new OpsError(code, { message: `it is ${code}` })
    },
  }
}

const failureOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => expect.fail('nothing was thrown'),
    (thrown: OpsError) => thrown.code,
  )

describe('secret-ids of an AppRole', () => {
  const wanted = { name: 'shipper-role', like: 'accessor-0', secret: null, run: 'run-7' }

  it('are made with the mark of the run, and found by it', async () => {
    const { credentials } = openRole()
    const made = await credentials.make(system, wanted)
    expect(await credentials.list(system, [])).to.deep.equal([
      { name: made.principal, enabled: true, grants: ['shipper'], madeBy: 'run-7' },
    ])
    expect(await credentials.find(system, made.principal)).to.include({ madeBy: 'run-7' })
    expect(await credentials.find(system, 'another')).to.equal(null)
  })

  it('log in, are refused, or get no answer', async () => {
    const { credentials, fail } = openRole()
    const made = await credentials.make(system, wanted)
    const wrong = { ...made, secret: new SecretText('another') }
    const answer = { endpoint: 'vault', problem: null, refused: false }
    expect(await credentials.logIn(system, made)).to.deep.equal([{ ...answer, as: made.principal }])
    expect((await credentials.logIn(system, wrong))[0]).to.include({ as: null, refused: true })
    fail('VAULT_SEALED')
    expect((await credentials.logIn(system, made))[0]).to.include({ as: null, refused: false })
    fail('VAULT_FORBIDDEN')
    expect(await failureOf(credentials.logIn(system, made))).to.equal('VAULT_FORBIDDEN')
  })

  it('are proven as of the role, and let in', async () => {
    const { credentials } = openRole()
    const made = await credentials.make(system, wanted)
    expect(await credentials.prove(system, made, 'accessor-0')).to.deep.equal([])
    const other = { principal: 'accessor-9', secret: new SecretText('another') }
    expect(await credentials.prove(system, other, 'accessor-0')).to.have.length(2)
  })

  it('are ended for good, once or twice, and cannot be kept out for a while', async () => {
    const { credentials } = openRole()
    const made = await credentials.make(system, wanted)
    expect(await failureOf(credentials.setEnabled(system, made.principal, false))).to.equal('UNSUPPORTED')
    await credentials.revoke(system, made.principal)
    await credentials.revoke(system, made.principal)
    expect((await credentials.logIn(system, made))[0]).to.include({ refused: true })
  })

  it('need a role, and no secret of ours', async () => {
    const { credentials } = openRole()
    expect(await failureOf(credentials.list({ ...system, owner: '' }, []))).to.equal('CONFIG_INVALID')
    const given = { ...wanted, secret: new SecretText('ours') }
    expect(await failureOf(credentials.make(system, given))).to.equal('BUG')
  })
})
