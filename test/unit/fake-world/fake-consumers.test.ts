// The fake consumers keep what the real playbooks promise: what the scenarios of rotate-secrets rely on.
import { expect } from 'chai'
import type { Json, JsonObject } from '../../../src/ports/json.ts'
import { createFakeAnsible, type FakeAnsible } from '../../support/fake-ansible/fake-ansible.ts'
import { FakeCredentials } from '../../support/fake-credentials/fake-credentials.ts'
import { doorOf, FakeConsumers, type Rendered } from '../../support/fake-world/fake-consumers.ts'
import { playbooksOnSecrets } from '../../support/fake-world/secret-playbooks.ts'
import { WorldClock } from '../../support/fake-world/world-clock.ts'

const id = 'logstash-writer'
const system = { kind: 'elasticsearch-user', owner: '' } as const
const [old, fresh] = [
  { principal: 'logstash_a', secret: 'old-secret' },
  { principal: 'logstash_b', secret: 'new-secret' },
]

describe('the fake consumers', () => {
  let clock: WorldClock
  let credentials: FakeCredentials
  let consumers: FakeConsumers
  let ansible: FakeAnsible
  beforeEach(() => {
    clock = new WorldClock()
    credentials = FakeCredentials.create(clock, {
      principals: [old, fresh].map(({ principal, secret }) => ({
        kind: system.kind,
        name: principal,
        secret,
      })),
    })
    const door = doorOf(() => credentials, { [id]: system })
    consumers = FakeConsumers.create(clock, door, [
      { name: 'ls01', address: '10.0.0.1', secrets: { [id]: old } },
    ])
    ansible = createFakeAnsible({
      hosts: [{ name: 'ls01' }, { name: 'es01' }],
      playbooks: playbooksOnSecrets(clock, {
        consumers: () => consumers,
        credentials: () => credentials,
        nodes: ['es01'],
      }),
    })
  })

  const play = async (playbook: string, vars: JsonObject = {}, host = 'ls01') => {
    const { outcomes, results } = await ansible.play({
      ...{ playbook, hosts: [host], vars: { ops_secret: id, ops_salt: 'salt', ...vars }, stallMs: 1000 },
    })
    return { outcome: outcomes.get(host), result: results.get(host) as Record<string, Json> }
  }
  const rotate = ({ principal, secret }: Rendered) =>
    play('rotate-secrets.yml', { ops_secret_principal: principal, ops_secret_value: secret })
  const status = async () =>
    (await play('secret_status.yml')).result[id] as { principal: string; stale: boolean }

  it('take a secret, and change nothing the second time', async () => {
    const { result } = await rotate(fresh)
    expect(result).to.deep.include({ changed: true, restarted: true, logged_in_as: 'logstash_b' })
    expect((await rotate(fresh)).result).to.deep.include({ changed: false, restarted: false })
    expect(await status()).to.deep.include({ principal: 'logstash_b', stale: false })
  })

  it('are refused and deliver nothing with a secret that is no longer let in', async () => {
    await credentials.setEnabled(system, old.principal, false)
    clock.pass(60_000)
    const before = (await play('logstash_stats.yml')).result
    expect(before).to.deep.include({ events_out: 0, problem: null })
    const { result } = await play('auth_failures.yml', { ops_principals: ['logstash_a'] }, 'es01')
    expect(result.failures).to.have.length(1)
    expect((result.failures as JsonObject[])[0]).to.deep.include({
      principal: 'logstash_a',
      address: '10.0.0.1',
    })
    expect((result.failures as { count: number }[])[0]?.count).to.be.greaterThan(1)
  })

  it('do not come up where the test says so, and do with what they had', async () => {
    consumers.failSwitch('ls01')
    expect((await rotate(fresh)).outcome).to.deep.include({ state: 'failed' })
    expect((await play('logstash_stats.yml')).result).to.deep.include({ problem: 'connection refused' })
    expect((await rotate(old)).result).to.deep.include({ restarted: true, logged_in_as: 'logstash_a' })
  })

  it('go on with what they had where the test says so', async () => {
    consumers.staleAfterSwitch('ls01')
    expect((await rotate(fresh)).result).to.deep.include({ restarted: true, logged_in_as: 'logstash_b' })
    expect(await status()).to.deep.include({ principal: 'logstash_b', stale: true })
  })

  it('are joined by a forgotten one, which is seen once it is kept out', async () => {
    consumers.stray('10.9.9.9', { secretId: id, ...old })
    clock.pass(60_000)
    expect((await play('auth_failures.yml', {}, 'es01')).result.failures).to.deep.equal([])
    await rotate(fresh)
    await credentials.setEnabled(system, old.principal, false)
    clock.pass(60_000)
    const { failures } = (await play('auth_failures.yml', {}, 'es01')).result as { failures: JsonObject[] }
    expect(failures.map(one => one.address)).to.deep.equal(['10.9.9.9'])
  })
})
