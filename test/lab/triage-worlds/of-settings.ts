// Worlds in which every node is well and a setting keeps copies from being anywhere.
import { filter, pause, watermark } from '../../../src/lab/faults/cluster-faults.ts'
import { isSettled, type World } from './world.ts'

const index = 'world-settings'
const enable = 'cluster.routing.allocation'

const zones = {
  [`${enable}.awareness.attributes`]: 'zone',
  [`${enable}.awareness.force.zone.values`]: 'rbx,gra',
}

const nothing = (values: Readonly<Record<string, unknown>>): Readonly<Record<string, null>> =>
  Object.fromEntries(Object.keys(values).map(key => [key, null]))

/** An index made in a cluster whose settings are these. */
const underSettings = (
  name: string,
  cause: World['cause'],
  values: Readonly<Record<string, unknown>>,
  kind: 'p' | 'r',
): World => ({
  name,
  cause,
  heals: 'remedy',
  make: async hand => {
    await hand.setCluster(values)
    await hand.makeBare(index)
    await hand.until(name, isSettled(hand, index, kind))
  },
  end: async hand => {
    await hand.setCluster(nothing(values))
    await hand.deleteIndices(index)
  },
})

/** An index whose own settings are these. */
const withSettings = (
  name: string,
  cause: World['cause'],
  settings: Readonly<Record<string, unknown>>,
  kind: 'p' | 'r',
): World => ({
  name,
  cause,
  heals: 'remedy',
  make: async hand => {
    await hand.makeBare(index, settings)
    await hand.until(name, isSettled(hand, index, kind))
  },
  end: hand => hand.deleteIndices(index),
})

export const worldsOfSettings: readonly World[] = [
  {
    name: 'allocation is disabled in the cluster',
    cause: 'allocation_disabled',
    heals: 'remedy',
    make: async hand => {
      await pause(hand.lab, null, false)
      await hand.makeBare(index)
      await hand.until('a primary waits', isSettled(hand, index, 'p'))
    },
    end: async hand => {
      await pause(hand.lab, null, true)
      await hand.deleteIndices(index)
    },
  },
  {
    name: 'allocation is disabled for one index',
    cause: 'allocation_disabled',
    heals: 'remedy',
    make: async hand => {
      await hand.makeIndex(index, { number_of_replicas: 0 })
      await pause(hand.lab, index, false)
      await hand.ask('PUT', `/${index}/_settings`, { number_of_replicas: 1 })
      await hand.until('a replica waits', isSettled(hand, index, 'r'))
    },
    end: async hand => {
      await pause(hand.lab, index, true)
      await hand.deleteIndices(index)
    },
  },
  {
    name: 'a left-over exclude._name',
    cause: 'allocation_filter',
    heals: 'remedy',
    make: async hand => {
      await filter(hand.lab, 'es-node03', false)
      await hand.makeBare(index, { number_of_replicas: 2 })
      await hand.until('a replica waits', isSettled(hand, index, 'r'))
    },
    end: async hand => {
      await filter(hand.lab, 'es-node03', true)
      await hand.deleteIndices(index)
    },
  },
  {
    name: 'an index that requires an attribute no node has',
    cause: 'allocation_filter',
    heals: 'remedy',
    make: async hand => {
      await hand.makeIndex(index, { number_of_replicas: 0 })
      await filter(hand.lab, index, false)
      await hand.ask('PUT', `/${index}/_settings`, { number_of_replicas: 1 })
      await hand.until('a replica waits', isSettled(hand, index, 'r'))
    },
    end: async hand => {
      await filter(hand.lab, index, true)
      await hand.deleteIndices(index)
    },
  },
  withSettings(
    'a tier that no node has',
    'tier_missing',
    { 'index.routing.allocation.include._tier_preference': 'data_cold' },
    'p',
  ),
  withSettings('more copies than nodes', 'too_many_copies', { number_of_replicas: 3 }, 'r'),
  withSettings(
    'too few shards of an index allowed on a node',
    'shards_limit',
    { number_of_shards: 2, 'index.routing.allocation.total_shards_per_node': 1 },
    'r',
  ),
  underSettings(
    'too few shards allowed on a node',
    'shards_limit',
    { [`${enable}.total_shards_per_node`]: 2 },
    'p',
  ),
  {
    ...underSettings('zones forced that no node is in', 'awareness', zones, 'p'),
    heals: 'person',
    mend: hand => hand.setCluster(nothing(zones)),
  },
  {
    name: 'disks over the low watermark',
    cause: 'disk_watermark',
    heals: 'remedy',
    make: async hand => {
      await watermark(hand.lab, 'low', false)
      await hand.makeBare(index)
      await hand.until('a replica waits', isSettled(hand, index, 'r'))
    },
    end: async hand => {
      await watermark(hand.lab, 'low', true)
      await hand.deleteIndices(index)
    },
  },
  {
    name: 'disks over the flood stage, so that indices take no writes',
    cause: 'disk_full',
    heals: 'remedy',
    isSlow: true,
    make: async hand => {
      await hand.makeIndex(index)
      await watermark(hand.lab, 'flood', false)
      await hand.until('the index is blocked', async () => {
        const found = await hand.ask('GET', `/${index}/_settings?flat_settings=true`)
        return found[index].settings['index.blocks.read_only_allow_delete'] === 'true'
      })
    },
    isHealed: async hand => {
      const found = await hand.ask('GET', `/${index}/_settings?flat_settings=true`)
      return found[index].settings['index.blocks.read_only_allow_delete'] === undefined
    },
    end: async hand => {
      await watermark(hand.lab, 'flood', true)
      await hand.deleteIndices(index)
      // The server looks at the disks every half a minute, and takes it off its own indices only then.
      await hand.until('no index is blocked', async () => {
        const name = 'index.blocks.read_only_allow_delete'
        const found = await hand.ask('GET', `/_all/_settings/${name}?expand_wildcards=all&flat_settings=true`)
        return Object.keys(found).length === 0 || Object.keys(found).join()
      })
    },
  },
  {
    name: 'the cluster may have no more shards',
    cause: 'cluster_shard_limit',
    heals: 'remedy',
    make: async hand => {
      await hand.setCluster({ 'cluster.max_shards_per_node': 1 })
      const refusal = await hand.makeBare(index).then(
        () => 'none',
        thrown => String(thrown.message),
      )
      if (!refusal.includes('maximum')) throw new Error(`the server makes one more index: ${refusal}`)
    },
    isHealed: hand =>
      hand.makeBare(index).then(
        () => true,
        () => false,
      ),
    end: async hand => {
      await hand.setCluster({ 'cluster.max_shards_per_node': null })
      await hand.deleteIndices(index)
    },
  },
  {
    name: 'the cluster is read-only',
    cause: 'cluster_block',
    heals: 'remedy',
    make: hand => hand.setCluster({ 'cluster.blocks.read_only': true }),
    isHealed: hand =>
      hand.makeBare(index).then(
        () => true,
        () => false,
      ),
    end: async hand => {
      await hand.setCluster({ 'cluster.blocks.read_only': null })
      await hand.deleteIndices(index)
    },
  },
  {
    name: 'a voting exclusion left behind',
    cause: 'voting_exclusions',
    heals: 'remedy',
    make: hand => hand.ask('POST', '/_cluster/voting_config_exclusions?node_names=es-node03&timeout=30s'),
    isHealed: async hand => {
      const found = await hand.ask(
        'GET',
        '/_cluster/state/metadata?filter_path=metadata.cluster_coordination.voting_config_exclusions',
      )
      return (found.metadata?.cluster_coordination?.voting_config_exclusions ?? []).length === 0
    },
    end: hand => hand.ask('DELETE', '/_cluster/voting_config_exclusions?wait_for_removal=false'),
  },
]
