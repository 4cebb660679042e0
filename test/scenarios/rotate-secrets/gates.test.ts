// Walks the table of gates: each has a name that is a sentence, a case that passes, one that refuses, and never throws. And what a look
// makes of a world that is not as it should be.
import { expect } from 'chai'
import { lookAtSecrets, type RotateFacts } from '../../../runbooks/rotate-secrets/facts.ts'
import { gates } from '../../../runbooks/rotate-secrets/gates/index.ts'
import { params as schema } from '../../../runbooks/rotate-secrets/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { itWalksTheTable } from '../../support/gate-table.ts'
import { type FactsDraft, gateCases } from './gate-cases.ts'
import {
  all,
  firstSecret,
  type RotationOptions,
  type RotationWorld,
  rotate,
  rotationWorld,
  writer,
} from './world.ts'

describe('the gates of rotate-secrets', () => {
  const given = schema.parse({ secret: writer.id })
  let calm: RotateFacts
  before(async () => {
    calm = await lookAtSecrets(lookOf(rotationWorld().world.begin().engine, null), given)
  })
  const factsOf = (change: (facts: FactsDraft) => void = () => {}): RotateFacts => {
    const facts = structuredClone(calm) as FactsDraft
    change(facts)
    return facts as RotateFacts
  }

  it('all pass in a calm world', () => {
    const refusing = gates.filter(({ check }) => !check(calm, given).pass)
    expect(refusing.map(({ name }) => name)).to.deep.equal([])
  })

  itWalksTheTable({
    gates,
    cases: gateCases,
    paramsOf: given => schema.parse(given),
    factsOf: change => factsOf(change),
  })

  it('look at facts that hold no secret', () => {
    expect(JSON.stringify(calm)).to.not.include(firstSecret)
  })
})

describe('a rotation is refused before anything is touched', () => {
  const token = { ...all, soak: '3h' }
  const worlds: Readonly<
    Record<string, { gate: string; options?: RotationOptions; spoil?: (rotation: RotationWorld) => void }>
  > = {
    'when Vault is sealed': { gate: 'vault_answers_and_is_unsealed', spoil: ({ vault }) => vault.seal() },
    'when Vault is away': { gate: 'vault_answers_and_is_unsealed', spoil: ({ vault }) => vault.stop() },
    'when the login has ended': {
      gate: 'vault_answers_and_is_unsealed',
      spoil: ({ vault }) => vault.refuseLogin(),
    },
    'when the clocks differ': { gate: 'the_clock_is_that_of_vault', options: { vault: { skewMs: 120_000 } } },
    'when the token ends too early': {
      ...{ gate: 'the_token_outlives_the_run', options: { vault: { tokenLifetimeMs: 3_600_000 } } },
    },
    'when Vault keeps no versions': {
      ...{ gate: 'secrets_are_kept_in_versions' },
      options: { vault: { mounts: { 'secret/': { type: 'kv', version: 1 } } } },
    },
    'when it may not destroy': {
      ...{ gate: 'the_policy_allows_every_write' },
      spoil: ({ vault }) => vault.deny('secret/destroy/*'),
    },
    'when it may not write': {
      ...{ gate: 'the_policy_allows_every_write' },
      spoil: ({ vault }) => vault.deny('secret/data/elk/logstash', ['update']),
    },
    'when the path is missing': {
      ...{ gate: 'every_document_is_there', options: { vault: { documents: {} } } },
    },
    'when another rotation is under way': {
      gate: 'no_other_rotation_is_under_way',
      spoil: ({ vault }) =>
        void vault.somebodyWrites('secret/elk/logstash/pending/logstash-writer', {
          principal: 'x',
          secret: 'yyyy',
        }),
    },
    'when a consumer uses another secret': {
      gate: 'every_consumer_works_with_the_current_secret',
      spoil: ({ consumers }) =>
        void consumers.writeFile(
          'logstash02',
          writer.id,
          { principal: 'logstash_a', secret: 'an-older-one' },
          0,
        ),
    },
    'when a consumer is older than its file': {
      gate: 'every_consumer_works_with_the_current_secret',
      spoil: ({ consumers, world }) => {
        world.clock.pass(1000)
        consumers.writeFile('logstash02', writer.id, { principal: 'logstash_a', secret: 'an-older-one' }, 0)
        consumers.writeFile('logstash02', writer.id, { principal: 'logstash_a', secret: firstSecret }, 1)
      },
    },
    'when a consumer cannot be reached': {
      gate: 'every_consumer_can_be_reached',
      spoil: ({ world }) => world.ansible.trouble('logstash02', 'unreachable'),
    },
    'when a consumer has no entry': {
      ...{ gate: 'every_consumer_says_how_it_takes_the_secret' },
      options: { vars: { logstash02: { secret_consumers: {} } } },
    },
    'when a consumer cannot be verified': {
      gate: 'every_consumer_can_be_verified',
      options: {
        secrets: [{ ...writer, consumers: [{ hosts: 'logstash', verify: 'login' }] }],
        vars: { logstash02: { secret_consumers: { [writer.id]: { service: 'logstash' } } } },
      },
    },
    'when it is the user of ops': {
      ...{ gate: 'it_is_not_the_identity_of_ops' },
      options: { vars: { logstash01: { es_username: 'logstash_b' } } },
    },
    'when two secrets have one user': {
      gate: 'no_two_secrets_share_a_principal',
      options: { secrets: [writer, { ...writer, id: 'twin', consumers: [] }] },
    },
    'when a node does not let the current one in': {
      gate: 'the_current_secret_logs_in_everywhere',
      spoil: ({ credentials }) => credentials.downEndpoint('es-node03'),
    },
  }
  for (const [when, { gate, options, spoil }] of Object.entries(worlds))
    it(when, async () => {
      const rotation = rotationWorld(options)
      spoil?.(rotation)
      const before = [...rotation.vault.effects]
      const params =
        gate === 'no_two_secrets_share_a_principal' ? { ...token, secret: 'logstash-writer,twin' } : token
      const end = await rotate(rotation.world.begin(), params)
      expect(end).to.include({ outcome: 'refused', exitCode: 2 })
      expect(failureOf(end).message).to.include(gate)
      expect(rotation.vault.effects).to.deep.equal(before)
      expect(rotation.credentials.state.history).to.deep.equal([])
      expect(rotation.world.ansible.requests.map(({ playbook }) => playbook)).to.not.include(
        'rotate-secrets.yml',
      )
    })
})

describe('a rotation of a world with two of them at once', () => {
  it('lets one of two go on, and the other finds the locks taken', async () => {
    const rotation = rotationWorld()
    const ends = await Promise.all([
      rotate(rotation.world.begin(), { ...all, soak: '10s' }),
      rotate(rotation.world.begin(), { ...all, soak: '10s' }),
    ])
    const outcomes = ends.map(end => (end === 'killed' ? 'killed' : end.outcome)).sort()
    expect(outcomes).to.deep.equal(['refused', 'succeeded'])
    expect(rotation.lockedOut).to.deep.equal([])
  })
})
