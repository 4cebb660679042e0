// A plain triage for tests: what the ports say, a cause for each kind of trouble, and every remedy that might help. It is careless on
// purpose: it offers the loss of data as soon as a shard has no primary.
import type { Cause, CauseId, Diagnosis, Remedy } from '../../../runbooks/triage/diagnosis.ts'
import type { Look, UnassignedCopy } from '../../../src/sdk/index.ts'
import { cause, diagnosis, remedy } from './diagnoses.ts'

const leftOver: Readonly<Record<string, CauseId>> = {
  'cluster.routing.allocation.enable': 'allocation_disabled',
  'cluster.routing.allocation.exclude._name': 'allocation_filter',
}
const indexFilter = 'index.routing.allocation.require._name'
export const delaySetting = 'index.unassigned.node_left.delayed_timeout'

export async function lookAndTell(look: Look): Promise<Diagnosis> {
  const { elected } = await look.elasticsearch.master()
  const hosts = (await look.ansible.inventory()).hosts.filter(({ groups }) =>
    groups.includes('elasticsearch'),
  )
  const names = hosts.map(({ name }) => name)
  if (elected === null) {
    const start = remedy({ do: 'start-node', nodes: await silentHosts(look) })
    const blind = ['members: there is no master', 'shards: there is no master']
    return diagnosis([cause('no_master', [start], [])], { status: 'unknown', blind })
  }
  const members = (await look.elasticsearch.members()).map(({ name }) => name)
  const copies = await look.allocation.unassigned()
  const causes = [
    ...missing(names.filter(name => !members.includes(name))),
    ...(await records(look)),
    ...(await settings(look, copies)),
    ...failed(copies),
    ...late(copies),
    ...(await lost(look, copies)),
    ...(await dangling(look)),
  ]
  const { status } = await look.elasticsearch.health({ timeoutMs: 1000 })
  const rest = copies.filter(copy => !causes.some(one => one.copies.some(name => isSame(name, copy))))
  if (rest.length > 0)
    causes.push(cause('too_many_copies', [remedy({ do: 'advise' }, 'none')], rest.map(nameOf)))
  return diagnosis(causes, { status, copies: { total: 20, unassigned: copies.length } })
}

const nameOf = ({ index, shard, primary }: UnassignedCopy) => ({ index, shard, primary })
const isSame = (a: ReturnType<typeof nameOf>, b: UnassignedCopy): boolean =>
  a.index === b.index && a.shard === b.shard && a.primary === b.primary

const silentHosts = async ({ elasticsearch }: Look): Promise<string[]> =>
  (await elasticsearch.endpoints()).filter(({ identity }) => identity === null).map(({ host }) => host)

const missing = (nodes: readonly string[]): Cause[] =>
  nodes.length === 0 ? [] : [cause('node_missing', [remedy({ do: 'start-node', nodes })], [])]

async function records({ elasticsearch: es }: Look): Promise<Cause[]> {
  const names = new Map((await es.members()).map(({ id, name }) => [id, name]))
  const left = (await es.shutdowns()).map(({ nodeId }) =>
    cause(
      'shutting_down',
      [remedy({ do: 'withdraw-shutdown', nodeId, node: names.get(nodeId) ?? nodeId })],
      [],
    ),
  )
  const { exclusions } = await es.coordination()
  if (exclusions.length === 0) return left
  return [...left, cause('voting_exclusions', [remedy({ do: 'clear-voting-exclusions' })], [])]
}

async function settings(look: Look, copies: readonly UnassignedCopy[]): Promise<Cause[]> {
  const { persistent } = await look.elasticsearch.clusterSettings()
  const ofCluster = Object.keys(leftOver)
    .filter(name => persistent[name] !== undefined)
    .map(name => {
      const clear = remedy({ do: 'clear-cluster-setting', name, scope: 'persistent' })
      return cause(leftOver[name] as CauseId, [clear], copies.map(nameOf))
    })
  const filtered = (await look.indices.find(['*'])).filter(one => one.settings[indexFilter] !== undefined)
  if (filtered.length === 0) return ofCluster
  const indices = filtered.map(({ name }) => name)
  const clear = remedy({ do: 'clear-index-setting', name: indexFilter, indices })
  const own = copies.filter(({ index }) => indices.includes(index))
  return [...ofCluster, cause('allocation_filter', [clear], own.map(nameOf))]
}

function failed(copies: readonly UnassignedCopy[]): Cause[] {
  const given = copies.filter(({ failedAttempts }) => failedAttempts >= 5)
  return given.length === 0
    ? []
    : [cause('retries_exhausted', [remedy({ do: 'retry-failed' })], given.map(nameOf))]
}

function late(copies: readonly UnassignedCopy[]): Cause[] {
  const delayed = copies.filter(one => one.delayed)
  if (delayed.length === 0) return []
  const indices = [...new Set(delayed.map(({ index }) => index))]
  return [
    cause(
      'delayed',
      [
        remedy({ do: 'set-index-setting', name: delaySetting, value: '0', indices }, 'moves-data'),
        remedy({ do: 'wait', forMs: 30_000 }, 'none'),
      ],
      delayed.map(nameOf),
    ),
  ]
}

async function lost(look: Look, copies: readonly UnassignedCopy[]): Promise<Cause[]> {
  const red = copies.filter(({ primary }) => primary)
  if (red.length === 0) return []
  const stores = await look.allocation.stores([...new Set(red.map(({ index }) => index))])
  const [place] = await look.allocation.nodes()
  return red.map(copy => {
    const { index, shard } = copy
    const own = stores.filter(one => one.index === index && one.shard === shard)
    const remedies: Remedy[] = own.map(({ node, nodeId, allocationId }) =>
      remedy(
        { do: 'allocate-stale', index, shard, node, nodeId, allocationId: allocationId ?? '' },
        'loses-data',
      ),
    )
    const node = place?.node ?? ''
    const empty = remedy({ do: 'allocate-empty', index, shard, node }, 'loses-data')
    return cause('no_valid_copy', [...remedies, empty], [nameOf(copy)])
  })
}

async function dangling(look: Look): Promise<Cause[]> {
  const found = await look.allocation.dangling()
  return found.map(({ uuid, name }) =>
    cause('dangling', [remedy({ do: 'import-dangling', uuid, index: name })], []),
  )
}
