// Facts that each gate passes and facts that it refuses: a calm world, changed in one thing.
import type { RestoreFacts } from '../../../runbooks/restore/facts.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { GateCase } from '../../support/gate-table.ts'
import { crm8, crm9 } from './world.ts'

type Draft<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends object
    ? { -readonly [K in keyof T]: Draft<T[K]> }
    : T
export type FactsDraft = Draft<RestoreFacts>

const place: JsonObject = { into: 'place' }
const stopping: JsonObject = { into: 'place', stopWriters: true }
const filling: JsonObject = { ...stopping, backfill: true }
const tib = 2 ** 40

const given = <T>(value: T | null | undefined): T => {
  if (value === null || value === undefined) throw new Error('the calm world lacks something')
  return value
}

export const gateCases: readonly GateCase<FactsDraft>[] = [
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    says: 'pass',
    when: 'name and uuid are the same',
    evidence: /^ovh-prod-elk \(fake-cluster-uuid\)/,
  },
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    says: 'refuse',
    when: 'it has another name',
    evidence: /called lab, the inventory says ovh-prod-elk/,
    change: facts => {
      facts.identity.clusterName = 'lab'
    },
  },
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    says: 'refuse',
    when: 'it was made anew',
    evidence: /uuid is other/,
    change: facts => {
      facts.identity.clusterUuid = 'other'
    },
  },
  { gate: 'repository_is_registered', says: 'pass', when: 'it is', evidence: /^elk_backup \(fs\)$/ },
  {
    gate: 'repository_is_registered',
    says: 'refuse',
    when: 'it is not',
    evidence: /^elk_backup is not registered; there are none$/,
    change: facts => {
      facts.repositories = []
    },
  },
  { gate: 'repository_can_be_read', says: 'pass', when: 'it can', evidence: /^it tells/ },
  {
    gate: 'repository_can_be_read',
    says: 'refuse',
    when: 'a file of it is broken',
    evidence: /checksum/,
    change: facts => {
      facts.problem = 'index-3 has another checksum'
    },
  },
  {
    gate: 'snapshot_is_there_and_has_ended',
    says: 'pass',
    when: 'it has',
    evidence: /^daily_2025-04-10, begun/,
  },
  {
    gate: 'snapshot_is_there_and_has_ended',
    says: 'refuse',
    when: 'there is none',
    evidence: /holds no whole snapshot that ops has taken$/,
    change: facts => {
      facts.snapshot = null
    },
  },
  {
    gate: 'snapshot_is_there_and_has_ended',
    says: 'refuse',
    when: 'it is being taken',
    evidence: /is IN_PROGRESS$/,
    change: facts => {
      given(facts.snapshot).state = 'IN_PROGRESS'
    },
  },
  { gate: 'snapshot_is_whole', says: 'pass', when: 'it is', evidence: /SUCCESS, 4 of 4 shards$/ },
  {
    gate: 'snapshot_is_whole',
    says: 'refuse',
    when: 'a shard failed',
    evidence: /PARTIAL, 3 of 4 shards$/,
    change: facts => {
      const snapshot = given(facts.snapshot)
      snapshot.state = 'PARTIAL'
      snapshot.shards = { total: 4, successful: 3, failed: 1 }
    },
  },
  {
    gate: 'every_wanted_shard_is_in_the_snapshot',
    says: 'pass',
    when: 'only one of another index failed',
    evidence: /^2 indices$/,
    change: facts => {
      given(facts.snapshot).failures = [{ index: 'nginx.access-2025.04.09', shard: 0, reason: 'node left' }]
    },
  },
  {
    gate: 'every_wanted_shard_is_in_the_snapshot',
    says: 'refuse',
    when: 'one of them failed',
    evidence: /^crm\.app-2025\.04\.08\[0\] is not in it: node left$/,
    change: facts => {
      given(facts.snapshot).failures = [{ index: crm8, shard: 0, reason: 'node left' }]
    },
  },
  {
    gate: 'snapshot_version_is_compatible',
    says: 'pass',
    when: 'the cluster is newer by a major version',
    evidence: /^taken by 7\.17\.9, read by 8\.10\.4$/,
    change: facts => {
      given(facts.snapshot).version = '7.17.9'
    },
  },
  {
    gate: 'snapshot_version_is_compatible',
    says: 'refuse',
    when: 'the snapshot is newer',
    evidence: /older never reads newer/,
    change: facts => {
      given(facts.snapshot).version = '8.11.0'
    },
  },
  {
    gate: 'snapshot_version_is_compatible',
    says: 'refuse',
    when: 'it is too old',
    evidence: /more than one major version apart/,
    change: facts => {
      given(facts.snapshot).version = '6.8.23'
    },
  },
  {
    gate: 'snapshot_version_is_compatible',
    says: 'refuse',
    when: 'nobody knows its version',
    evidence: /does not say which version/,
    change: facts => {
      given(facts.snapshot).version = null
    },
  },
  { gate: 'indices_match', says: 'pass', when: 'they do', evidence: /^2 indices$/ },
  {
    gate: 'indices_match',
    says: 'refuse',
    when: 'one pattern matches nothing',
    evidence: /^erp\.ap-\* matches no index/,
    change: facts => {
      facts.unmatched = ['erp.ap-*']
    },
  },
  { gate: 'no_system_index_is_restored', says: 'pass', when: 'none is meant', evidence: /^none/ },
  {
    gate: 'no_system_index_is_restored',
    says: 'refuse',
    when: 'users and passwords are meant',
    evidence: /^\.security-7 is an index of the system$/,
    change: facts => facts.wanted.push('.security-7'),
  },
  {
    gate: 'nothing_deletes_from_the_repository',
    says: 'pass',
    when: 'a snapshot is being taken, and another repository is cleaned up',
    evidence: /^nothing/,
    change: facts => {
      facts.work = [
        { kind: 'create', repository: 'elk_backup', snapshots: ['a'] },
        { kind: 'cleanup', repository: 'other', snapshots: [] },
      ]
    },
  },
  {
    gate: 'nothing_deletes_from_the_repository',
    says: 'refuse',
    when: 'a snapshot is being deleted',
    evidence: /^daily_2025-01-01 is being deleted$/,
    change: facts => {
      facts.work = [{ kind: 'delete', repository: 'elk_backup', snapshots: ['daily_2025-01-01'] }]
    },
  },
  { gate: 'manifest_is_there', says: 'pass', when: 'it is', evidence: /^kept by ops, 3 indices$/ },
  {
    gate: 'manifest_is_there',
    says: 'refuse',
    when: 'there is none',
    evidence: /^nothing to compare with: lost$/,
    change: facts => {
      facts.manifest = { manifest: null, text: 'lost' }
    },
  },
  {
    gate: 'manifest_is_there',
    says: 'refuse',
    when: 'it lacks an index',
    evidence: /^crm\.app-2025\.04\.08 is not in the manifest$/,
    change: facts => {
      const manifest = given(facts.manifest.manifest)
      manifest.indices = manifest.indices.filter(({ index }) => index !== crm8)
    },
  },
  {
    gate: 'names_are_free',
    says: 'pass',
    when: 'copies get names of their own',
    evidence: /^restored-RUN-NAME/,
  },
  {
    gate: 'names_are_free',
    says: 'refuse',
    when: 'a name is too long for that',
    evidence: /too long to be given a prefix$/,
    change: facts => facts.wanted.push('x'.repeat(240)),
  },
  {
    gate: 'names_are_free',
    says: 'refuse',
    when: 'the name is an alias of another index',
    evidence: /^crm\.app-2025\.04\.09 is an alias of restored-old$/,
    params: place,
    change: facts => {
      const [first] = facts.existing
      facts.existing = [{ ...given(first), name: 'restored-old', aliases: [crm9] }]
    },
  },
  { gate: 'no_earlier_restore_lies_about', says: 'pass', when: 'none does', evidence: /^no copy/ },
  {
    gate: 'no_earlier_restore_lies_about',
    says: 'refuse',
    when: 'one does',
    evidence: /^restored-run-0-crm.* is still there/,
    change: facts => facts.earlier.push({ ...given(facts.existing[0]), name: `restored-run-0-${crm8}` }),
  },
  {
    gate: 'restore_over_an_existing_index_is_approved',
    says: 'pass',
    when: 'none of them is there',
    evidence: /^none/,
    params: place,
    change: facts => {
      facts.existing = []
    },
  },
  {
    gate: 'restore_over_an_existing_index_is_approved',
    says: 'refuse',
    when: 'they are, one with an alias',
    evidence: /^crm\.app-2025\.04\.08 \(open\) would be deleted and replaced, its aliases crm with it; crm/,
    params: place,
    change: facts => {
      given(facts.existing[0]).aliases = ['crm']
    },
  },
  {
    gate: 'no_restore_over_an_open_index',
    says: 'pass',
    when: 'writers stand still',
    evidence: /^its writers/,
    params: stopping,
  },
  {
    gate: 'no_restore_over_an_open_index',
    says: 'pass',
    when: 'one is closed and the other takes no writes',
    evidence: /^none/,
    params: place,
    change: facts => {
      given(facts.existing[0]).open = false
      given(facts.existing[1]).settings = { 'index.blocks.write': 'true' }
    },
  },
  {
    gate: 'no_restore_over_an_open_index',
    says: 'refuse',
    when: 'they are open and writers go on',
    evidence: /^crm\.app-2025\.04\.08 is open and may be written to/,
    params: place,
  },
  {
    gate: 'writers_stand_still',
    says: 'pass',
    when: 'ops stops them',
    evidence: /^logstash01 and logstash02/,
    params: stopping,
  },
  {
    gate: 'writers_stand_still',
    says: 'refuse',
    when: 'nobody stops them',
    evidence: /--stop-writers/,
    params: place,
  },
  {
    gate: 'writers_stand_still',
    says: 'refuse',
    when: 'the inventory knows none',
    evidence: /no group logstash/,
    params: stopping,
    change: facts => {
      facts.writers = []
    },
  },
  {
    gate: 'backfill_makes_no_duplicates',
    says: 'pass',
    when: 'documents have ids of their own',
    evidence: /^9 records since .* are read again; documents have ids of their own$/,
    params: filling,
    change: addGap,
  },
  {
    gate: 'backfill_makes_no_duplicates',
    says: 'refuse',
    when: 'the servers made the ids up',
    evidence: /come twice, in crm\.app-2025\.04\.08 and whatever else/,
    params: filling,
    change: facts => {
      addGap(facts)
      given(facts.manifest.manifest?.indices[0]).samples = [{ id: 'V5yT-4wBx0zR_9dLq1aB', hash: 'a' }]
    },
  },
  {
    gate: 'backfill_makes_no_duplicates',
    says: 'refuse',
    when: 'nobody knows',
    evidence: /nobody knows/,
    params: filling,
    change: facts => {
      addGap(facts)
      facts.manifest = { manifest: null, text: 'lost' }
    },
  },
  {
    gate: 'enough_disk',
    says: 'pass',
    when: 'there is',
    evidence: /^180 MiB with every copy, 1\.3 TiB free/,
  },
  {
    gate: 'enough_disk',
    says: 'refuse',
    when: 'all of them together are too much, and a shard fits on no node',
    evidence: /^2\.4 TiB are needed, .*; a shard of crm.* has 2 TiB, and no node has more than/,
    change: facts => {
      facts.needs = [{ ...given(facts.needs[0]), bytes: 2 * tib, shards: 1 }]
    },
  },
  {
    gate: 'enough_disk',
    says: 'refuse',
    when: 'the tier has no room though others have',
    evidence: /^\d.* are needed on data_warm, 0 B are free below the low watermark of 1 nodes/,
    change: facts => {
      given(facts.nodes[0]).roles = ['data_warm']
      given(facts.disk[0]).availableBytes = 0
      facts.needs = [{ ...given(facts.needs[0]), tiers: ['data_warm', 'data_hot'] }]
    },
  },
  { gate: 'shard_limit_holds', says: 'pass', when: 'it does', evidence: /and 3 come, 3000 may be open/ },
  {
    gate: 'shard_limit_holds',
    says: 'refuse',
    when: 'one shard is too many',
    evidence: /^2998 shards are open and 3 come/,
    change: facts => {
      facts.budget.open = 2998
    },
  },
]

function addGap(facts: FactsDraft): void {
  facts.gaps = [{ group: 'logstash', topics: ['raw-logs'], setBack: [], records: 9, lostUntilMs: null }]
}
