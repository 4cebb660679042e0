// Gates on the nodes: alike, with room on disk and in memory, and fit to come back.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import type { RestartFacts } from '../facts.ts'
import type { RestartParams } from '../params.ts'
import { growthOf } from '../pressure.ts'
import { capsOf, isData, tierOf } from '../tiers.ts'
import { freeBytesNeeded } from '../watermarks.ts'

type RestartGate = Gate<RestartFacts, RestartParams>

const heapLimitPercent = 85
const loadLimitPercent = 85

export const nodeGates: readonly RestartGate[] = [
  {
    name: 'all_nodes_run_one_version',
    prevents: 'A half-finished upgrade: replicas of a newer primary cannot go to an older node.',
    waivable: 'reason',
    check: ({ nodes }) => {
      const versions = [...new Set(nodes.map(({ version }) => version))].sort()
      return versions.length === 1
        ? pass(`all run ${versions[0]}`)
        : refuse(`versions: ${versions.join(', ')}`)
    },
  },
  {
    name: 'node_names_are_unique',
    prevents: 'Restarting one node and waiting for its namesake.',
    waivable: 'never',
    check: ({ nodes }) => {
      const names = nodes.map(({ name }) => name)
      const twice = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))]
      return refuseAny(
        twice.map(name => `two nodes are called ${name}`),
        `${names.length} names`,
      )
    },
  },
  {
    name: 'plugins_match_within_a_tier',
    prevents: 'A node coming back without a plugin that its shards need.',
    waivable: 'reason',
    check: ({ nodes }) => {
      const sets = new Map<string, Map<string, string[]>>()
      for (const node of nodes) {
        const tier = sets.get(tierOf(node)) ?? new Map<string, string[]>()
        const key = node.plugins.join(', ') || 'none'
        tier.set(key, [...(tier.get(key) ?? []), node.name])
        sets.set(tierOf(node), tier)
      }
      const mixed = [...sets].filter(([, tier]) => tier.size > 1)
      return refuseAny(
        mixed.map(
          ([tier, kinds]) =>
            `${tier}: ${[...kinds].map(([set, names]) => `${names.join(', ')}: ${set}`).join(' / ')}`,
        ),
        'the same plugins in every tier',
      )
    },
  },
  {
    name: 'disks_are_below_the_low_watermark',
    prevents: 'Copies that find no node to be allocated on, and a flood-stage block while one is away.',
    waivable: 'reason',
    check: ({ disk, watermarks, nodes }) => {
      if (!watermarks.enabled) return refuse('disk watermarks are switched off')
      const data = new Set(nodes.filter(isData).map(({ name }) => name))
      const full = disk
        .filter(({ node }) => data.has(node))
        .filter(
          ({ totalBytes, availableBytes }) => availableBytes < freeBytesNeeded(watermarks, 'low', totalBytes),
        )
        .map(
          ({ node, totalBytes, availableBytes }) => `${node} has ${percent(availableBytes, totalBytes)} free`,
        )
      const silent = silentOf(data, disk, 'does not say how full its disk is')
      return refuseAny(
        [...full, ...silent],
        `${data.size} data nodes below the low watermark (${watermarks.low})`,
      )
    },
  },
  {
    name: 'no_index_is_blocked_by_a_full_disk',
    prevents: 'Restarting a cluster that already refuses writes.',
    waivable: 'reason',
    check: ({ counts }) =>
      refuseAny(
        counts
          .filter(({ blocks }) => blocks.includes('read_only_allow_delete'))
          .map(({ index }) => `${index} is blocked`),
        'no flood-stage block',
      ),
  },
  {
    name: 'heap_has_room',
    prevents: 'The nodes that stay up falling over under the load of the one that is away.',
    waivable: 'reason',
    check: ({ pressure: [earlier, later], nodes }) => {
      // One high reading is a heap before its collection; both must be high.
      const high = later.filter(({ node, heapPercent }) => {
        const before = earlier.find(reading => reading.node === node)
        return heapPercent > heapLimitPercent && (before?.heapPercent ?? 100) > heapLimitPercent
      })
      const most = Math.max(0, ...later.map(({ heapPercent }) => heapPercent))
      return refuseAny(
        [
          ...high.map(({ node, heapPercent }) => `${node} uses ${heapPercent} % of its heap`),
          ...silentOf(namesOf(nodes), later, 'does not say how full its heap is'),
        ],
        `highest heap use ${most} %`,
      )
    },
  },
  {
    name: 'no_node_is_rejecting_work',
    prevents: 'Taking capacity away from a cluster that has too little.',
    waivable: 'reason',
    check: ({ pressure: [earlier, later], nodes }) =>
      refuseAny(
        [...growthOf(earlier, later), ...silentOf(namesOf(nodes), later, 'does not say what it rejects')],
        'no rejection or breaker trip between two readings',
      ),
  },
  {
    name: 'remaining_nodes_can_carry_the_load',
    prevents: 'Searches and writes timing out while a tier runs with fewer nodes.',
    waivable: 'reason',
    check: ({ pressure: [, later], nodes, targets }, params) => {
      const cpu = new Map(later.map(({ node, cpuPercent }) => [node, cpuPercent]))
      const over = capsOf(nodes, params)
        .filter(
          ({ name, members }) =>
            name.startsWith('no_more_') && members.some(member => targets.includes(member)),
        )
        .flatMap(({ members, max }) => {
          const staying = members.length - Math.min(max, members.length)
          const used = members.reduce((sum, member) => sum + (cpu.get(member) ?? 0), 0)
          if (staying === 0) return []
          const projected = Math.round(used / staying)
          return projected > loadLimitPercent
            ? [`${members.join(', ')}: ${projected} % CPU when ${max} is away`]
            : []
        })
      const silent = silentOf(namesOf(nodes), later, 'does not say how busy it is')
      return refuseAny([...over, ...silent], 'CPU of every tier leaves room for the nodes that are away')
    },
  },
  {
    name: 'hosts_would_let_the_node_come_back',
    prevents: 'A node that stops and cannot start: broken config, expired certificate, unreadable keystore.',
    waivable: 'reason',
    check: ({ lint, targets }) => {
      const checked = new Set(lint.map(({ host }) => host))
      const errors = [
        ...lint.flatMap(({ host, errors: found }) => found.map(text => `${host}: ${text}`)),
        ...targets.filter(host => !checked.has(host)).map(host => `${host} was not checked`),
      ]
      const warnings = lint.flatMap(({ host, warnings: found }) => found.map(text => `${host}: ${text}`))
      const noted = warnings.length === 0 ? '' : `; warnings: ${warnings.slice(0, 3).join('; ')}`
      return refuseAny(errors, `${lint.length} hosts checked${noted}`)
    },
  },
]

const namesOf = (nodes: RestartFacts['nodes']): ReadonlySet<string> => new Set(nodes.map(({ name }) => name))

/** Nodes without a reading: what is not known is not fine. */
function silentOf(
  names: ReadonlySet<string>,
  readings: readonly { readonly node: string }[],
  silence: string,
): string[] {
  const known = new Set(readings.map(({ node }) => node))
  return [...names].filter(name => !known.has(name)).map(name => `${name} ${silence}`)
}

const percent = (part: number, whole: number): string => `${Math.round((part / whole) * 100)} %`
