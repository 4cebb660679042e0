// For every gate of rotate-secrets: a state in which it passes and states in which it refuses.
import type { RotateFacts } from '../../../runbooks/rotate-secrets/facts.ts'
import type { Draft, GateCase } from '../../support/gate-table.ts'

export type FactsDraft = Draft<RotateFacts>
type SecretDraft = FactsDraft['secrets'][number]

const first =
  (change: (secret: SecretDraft) => void) =>
  ({ secrets: [secret] }: FactsDraft) => {
    if (secret) change(secret)
  }
const consumer = (change: (one: SecretDraft['consumers'][number]) => void) =>
  first(({ consumers: [, second] }) => {
    if (second) change(second)
  })
const hourMs = 3_600_000

const vaultCases: readonly GateCase<FactsDraft>[] = [
  { gate: 'vault_answers_and_is_unsealed', says: 'pass', when: 'it is', evidence: /^unsealed, as token$/ },
  {
    ...{ gate: 'vault_answers_and_is_unsealed', says: 'refuse', when: 'it is sealed' },
    evidence: /^Vault is sealed$/,
    change: ({ vault }) => Object.assign(vault, { problem: 'Vault is sealed', session: null }),
  },
  { gate: 'the_clock_is_that_of_vault', says: 'pass', when: 'they agree', evidence: /^0 s apart$/ },
  {
    ...{ gate: 'the_clock_is_that_of_vault', says: 'refuse', when: 'they are minutes apart' },
    evidence: /are 90 s apart$/,
    change: ({ vault }) => {
      vault.askedAtMs -= 90_000
    },
  },
  { gate: 'the_token_outlives_the_run', says: 'pass', when: 'it has no end', evidence: /does not end$/ },
  {
    ...{ gate: 'the_token_outlives_the_run', says: 'pass', when: 'an AppRole logs in again' },
    evidence: /^AppRole ops logs in again$/,
    change: ({ vault: { session }, nowMs }) =>
      Object.assign(session ?? {}, { expiresAtMs: nowMs + 1000, role: 'ops' }),
  },
  {
    ...{ gate: 'the_token_outlives_the_run', says: 'refuse', when: 'it ends in the soak' },
    evidence: /ends in 60 min .* 90 are needed$/,
    change: ({ vault: { session }, nowMs }) =>
      Object.assign(session ?? {}, { expiresAtMs: nowMs + hourMs, renewable: false }),
  },
  { gate: 'secrets_are_kept_in_versions', says: 'pass', when: 'they are', evidence: /kv version 2$/ },
  {
    ...{ gate: 'secrets_are_kept_in_versions', says: 'refuse', when: 'the mount keeps none' },
    evidence: /secret\/elk\/logstash is in kv version 1/,
    change: first(secret => {
      secret.mount = { type: 'kv', version: 1 }
    }),
  },
  {
    ...{ gate: 'old_versions_last_until_the_end', says: 'pass', when: 'enough are kept' },
    evidence: /taken back$/,
  },
  {
    ...{ gate: 'old_versions_last_until_the_end', says: 'refuse', when: 'only one is kept' },
    evidence: /^Vault keeps 1 versions of secret\/elk\/logstash, and 1 secrets of it need 2/,
    change: first(({ document }) => Object.assign(document ?? {}, { keptVersions: 1 })),
  },
  {
    ...{ gate: 'old_versions_last_until_the_end', says: 'refuse', when: 'many share a document' },
    evidence: /keeps 10 versions .* 6 secrets of it need 12/,
    change: ({ secrets }) => {
      const [one] = secrets
      for (let at = 2; at <= 6; at++) if (one) secrets.push(one)
    },
  },
  { gate: 'the_policy_allows_every_write', says: 'pass', when: 'it does', evidence: /^data, metadata/ },
  {
    ...{ gate: 'the_policy_allows_every_write', says: 'refuse', when: 'it does not' },
    evidence: /no update on secret\/destroy\/elk\/logstash/,
    change: first(secret => void secret.forbidden.push('update on secret/destroy/elk/logstash')),
  },
  {
    ...{ gate: 'the_policy_allows_every_write', says: 'refuse', when: 'nothing can be read at all' },
    evidence: /permission denied/,
    change: first(secret => {
      secret.unreadable = 'permission denied'
    }),
  },
]

const secretCases: readonly GateCase<FactsDraft>[] = [
  { gate: 'every_named_secret_is_declared', says: 'pass', when: 'it is', evidence: /^logstash-writer$/ },
  {
    ...{ gate: 'every_named_secret_is_declared', says: 'refuse', when: 'it is misspelt' },
    evidence: /declares no logstash-writre; it has logstash-writer$/,
    change: ({ unknown }) => void unknown.push('logstash-writre'),
  },
  {
    ...{ gate: 'every_named_secret_is_declared', says: 'refuse', when: 'none of its hosts is here' },
    evidence: /^elsewhere: none of its consumers/,
    params: { secret: 'elsewhere' },
    change: ({ leftOut }) => void leftOut.push({ id: 'elsewhere', why: 'none of its consumers is here' }),
  },
  { gate: 'a_leaked_secret_is_named', says: 'pass', when: 'none has leaked', evidence: /^none/ },
  {
    ...{ gate: 'a_leaked_secret_is_named', says: 'pass', when: 'it is', evidence: /^it is named$/ },
    params: { leaked: true, secret: 'logstash-writer' },
  },
  {
    ...{ gate: 'a_leaked_secret_is_named', says: 'refuse', when: 'it is not', evidence: /needs --secret/ },
    params: { leaked: true },
  },
  { gate: 'every_document_is_there', says: 'pass', when: 'it is', evidence: /logstash version 1$/ },
  {
    ...{ gate: 'every_document_is_there', says: 'refuse', when: 'nothing is there' },
    evidence: /there is nothing at secret\/elk\/logstash$/,
    change: first(secret => {
      secret.document = null
    }),
  },
  {
    ...{ gate: 'every_document_is_there', says: 'refuse', when: 'it lacks a field' },
    evidence: /has no field password$/,
    change: first(({ document }) => Object.assign(document ?? {}, { fields: ['username'] })),
  },
  { gate: 'no_other_rotation_is_under_way', says: 'pass', when: 'none is', evidence: /^nothing/ },
  {
    ...{ gate: 'no_other_rotation_is_under_way', says: 'refuse', when: 'one is' },
    evidence: /run run-7 is in the middle of it; .*ops abort run-7$/,
    change: first(secret => {
      secret.pending = { run: 'run-7' }
    }),
  },
  {
    ...{ gate: 'no_other_rotation_is_under_way', says: 'refuse', when: 'nobody says whose it is' },
    evidence: /nobody has said who did it$/,
    change: first(secret => {
      secret.pending = { run: null }
    }),
  },
  { gate: 'no_two_secrets_share_a_principal', says: 'pass', when: 'none do', evidence: /^1 secrets/ },
  {
    ...{ gate: 'no_two_secrets_share_a_principal', says: 'refuse', when: 'two do' },
    evidence: /logstash-writer and other are both logstash_a/,
    change: ({ secrets }) => {
      const [one] = secrets
      if (one)
        secrets.push({ ...one, declaration: { ...one.declaration, id: 'other', path: 'secret/other' } })
    },
  },
]

const principalCases: readonly GateCase<FactsDraft>[] = [
  { gate: 'cluster_is_the_one_in_the_inventory', says: 'pass', when: 'it is', evidence: /^ovh-prod-elk/ },
  {
    ...{ gate: 'cluster_is_the_one_in_the_inventory', says: 'refuse', when: 'it has another uuid' },
    evidence: /^the cluster's uuid is other/,
    change: ({ cluster }) => Object.assign(cluster?.identity ?? {}, { clusterUuid: 'other' }),
  },
  {
    ...{ gate: 'cluster_is_the_one_in_the_inventory', says: 'pass', when: 'nothing of it is changed' },
    evidence: /^no secret of Elasticsearch/,
    change: facts => {
      facts.cluster = null
    },
  },
  { gate: 'cluster_is_not_red', says: 'pass', when: 'it is green', evidence: /^status green$/ },
  {
    ...{ gate: 'cluster_is_not_red', says: 'refuse', when: 'it is', evidence: /^the cluster is red$/ },
    change: ({ cluster }) => Object.assign(cluster ?? {}, { health: { status: 'red' } }),
  },
  { gate: 'the_current_principal_is_a_declared_one', says: 'pass', when: 'it is', evidence: /^logstash_a$/ },
  {
    ...{ gate: 'the_current_principal_is_a_declared_one', says: 'refuse', when: 'Vault names another' },
    evidence: /Vault names elastic, ops.config.ts has logstash_a and logstash_b$/,
    change: first(({ document }) => Object.assign(document ?? {}, { principal: 'elastic' })),
  },
  {
    ...{ gate: 'the_current_principal_is_a_declared_one', says: 'refuse', when: 'it is not there' },
    evidence: /there is no logstash_a$/,
    change: first(secret => {
      secret.current = null
    }),
  },
  {
    ...{ gate: 'the_current_principal_is_a_declared_one', says: 'refuse', when: 'it is disabled' },
    evidence: /logstash_a is disabled$/,
    change: first(({ current }) => Object.assign(current ?? {}, { enabled: false })),
  },
  { gate: 'the_current_secret_logs_in_everywhere', says: 'pass', when: 'it does', evidence: /3 endpoints$/ },
  {
    ...{ gate: 'the_current_secret_logs_in_everywhere', says: 'refuse', when: 'a node does not let it in' },
    evidence: /es-node02 does not let it in: 401$/,
    change: first(({ refusedAt }) => void refusedAt.push({ endpoint: 'es-node02', why: '401' })),
  },
  {
    ...{ gate: 'the_current_secret_logs_in_everywhere', says: 'refuse', when: 'there is nobody to ask' },
    evidence: /nobody was asked$/,
    change: first(secret => {
      secret.endpoints = 0
    }),
  },
  { gate: 'the_other_name_is_free', says: 'pass', when: 'it is disabled', evidence: /^logstash_b$/ },
  {
    ...{ gate: 'the_other_name_is_free', says: 'refuse', when: 'it is enabled' },
    evidence: /logstash_b is there and may log in$/,
    change: first(({ other }) => Object.assign(other ?? {}, { enabled: true })),
  },
  {
    ...{ gate: 'the_other_name_is_free', says: 'refuse', when: 'there is none' },
    evidence: /no second name/,
    change: first(({ declaration }) => {
      declaration.principals = ['logstash_a']
    }),
  },
  { gate: 'it_is_not_the_identity_of_ops', says: 'pass', when: 'it is not', evidence: /^nobody is named$/ },
  {
    ...{ gate: 'it_is_not_the_identity_of_ops', says: 'refuse', when: 'ops is one of its names' },
    evidence: /ops itself is logstash_b$/,
    change: ({ own }) => void own.push({ system: 'elasticsearch', name: 'logstash_b' }),
  },
  {
    ...{ gate: 'it_is_not_the_identity_of_ops', says: 'refuse', when: 'it is the AppRole of ops' },
    evidence: /ops itself is ops$/,
    change: facts => {
      facts.own.push({ system: 'vault', name: 'ops' })
      first(({ declaration }) => Object.assign(declaration, { kind: 'vault-approle', owner: 'ops' }))(facts)
    },
  },
  { gate: 'gaps_are_agreed_to', says: 'pass', when: 'there is none', evidence: /^none/ },
  {
    ...{ gate: 'gaps_are_agreed_to', says: 'refuse', when: 'a reserved user has one' },
    evidence: /one name only/,
    change: first(({ declaration }) => {
      declaration.kind = 'elasticsearch-reserved-user'
    }),
  },
]

const consumerCases: readonly GateCase<FactsDraft>[] = [
  { gate: 'every_consumer_pattern_matches_hosts', says: 'pass', when: 'it does', evidence: /2 hosts$/ },
  {
    ...{ gate: 'every_consumer_pattern_matches_hosts', says: 'refuse', when: 'one does not' },
    evidence: /kibana matches no host$/,
    change: first(({ unmatched }) => void unmatched.push('kibana')),
  },
  { gate: 'every_consumer_says_how_it_takes_the_secret', says: 'pass', when: 'it does', evidence: /^every/ },
  {
    ...{ gate: 'every_consumer_says_how_it_takes_the_secret', says: 'refuse', when: 'one has no entry' },
    evidence: /logstash02: its inventory has no secret_consumers/,
    change: consumer(one => {
      one.planned = null
    }),
  },
  { gate: 'every_consumer_can_be_verified', says: 'pass', when: 'it can', evidence: /^by its events/ },
  {
    ...{ gate: 'every_consumer_can_be_verified', says: 'refuse', when: 'one cannot' },
    evidence: /logstash02: it has no login_url/,
    change: consumer(one => {
      one.verifiable = false
    }),
  },
  { gate: 'every_consumer_can_be_reached', says: 'pass', when: 'it can', evidence: /^each has answered$/ },
  {
    ...{ gate: 'every_consumer_can_be_reached', says: 'refuse', when: 'one cannot' },
    evidence: /logstash02: unreachable/,
    change: consumer(one => {
      one.silent = 'unreachable'
    }),
  },
  { gate: 'every_consumer_works_with_the_current_secret', says: 'pass', when: 'it does', evidence: /^each/ },
  {
    ...{ gate: 'every_consumer_works_with_the_current_secret', says: 'refuse', when: 'one uses another' },
    evidence: /logstash02: it uses logstash_b/,
    change: consumer(one => {
      one.problem = 'it uses logstash_b, not logstash_a'
    }),
  },
  { gate: 'the_secret_lies_in_no_other_file', says: 'pass', when: 'it does not', evidence: /^in none/ },
  {
    ...{ gate: 'the_secret_lies_in_no_other_file', says: 'refuse', when: 'it lies in one' },
    evidence: /logstash02: it is in \/root\/old.conf as well/,
    change: consumer(one => void one.elsewhere.push('/root/old.conf')),
  },
  {
    ...{ gate: 'the_secret_lies_in_no_other_file', says: 'pass', when: 'not every file could be searched' },
    evidence: /; not all could be on logstash02$/,
    change: consumer(one => {
      one.searchedInPart = true
    }),
  },
]

export const gateCases = [...vaultCases, ...secretCases, ...principalCases, ...consumerCases]
