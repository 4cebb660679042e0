// The contract of VaultPort on the fake.
import { JumpClock } from '../../support/fake-cluster/jump-clock.ts'
import { FakeVault } from '../../support/fake-vault/fake-vault.ts'
import { everyCapability } from '../../support/fake-vault/refuse.ts'
import { describeVaultPort } from './vault.contract.ts'

describeVaultPort('the fake', async () => {
  const clock = new JumpClock()
  const registered = new Set<string>()
  const warnings: string[] = []
  const hooks = {
    register: (secret: string) => void registered.add(secret),
    warn: (text: string) => void warnings.push(text),
  }
  const roles = { ops: 1, shipper: 1 }
  const vault = FakeVault.create(clock, { auth: 'approle', tokenLifetimeMs: 3_600_000, roles }, hooks)
  return {
    vault,
    clock,
    registered,
    warnings,
    withToken: async () => {
      const own = FakeVault.create(clock, { auth: 'token' }, hooks)
      return { vault: own, expire: async () => own.expireToken() }
    },
    seal: async () => vault.seal(),
    unseal: async () => vault.unseal(),
    stop: async () => vault.stop(),
    start: async () => vault.start(),
    endTokens: async () => vault.expireToken(),
    deny: async (apiPath, left) =>
      vault.deny(
        apiPath,
        everyCapability.filter(one => !left.includes(one)),
      ),
    allow: async apiPath => vault.allow(apiPath),
    somebodyWrites: async (path, fields) => void vault.somebodyWrites(path, fields),
    loseNextAnswer: async () => vault.loseNextAnswer(),
    dropNextWrite: async () => vault.dropNextWrite(),
  }
})
