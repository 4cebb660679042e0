// Gates on the new hosts themselves: each is what it says it is, and has never been anything else.
import { type Gate, refuseAny, sayBytes } from '#sdk'
import type { NodeFacts } from '../facts.ts'
import type { Found } from '../lint.ts'
import type { AddParams } from '../params.ts'
import type { NewHost } from '../wanted.ts'

type NodeGate = Gate<NodeFacts, AddParams>

const leastDaysLeft = 30
const clockLimitMs = 1000
/** A disk of the same model is never quite as large. */
const diskTolerance = 0.95

/** One sentence for each host with something wrong; a host that nobody could look at is for another gate. */
function troubles(
  { lints, wanted }: NodeFacts,
  find: (found: Found, host: NewHost) => string | null,
): readonly string[] {
  return lints.flatMap(({ host, found }) => {
    const one = wanted.find(({ name }) => name === host)
    const trouble = found === null || one === undefined ? null : find(found, one)
    return trouble === null ? [] : [`${host} ${trouble}`]
  })
}

const isFresh = ({ config }: Found): boolean => config === null

export const hostGates: readonly NodeGate[] = [
  {
    name: 'node_can_be_reached',
    prevents: 'Writing a host into the inventory that nobody can log in to.',
    waivable: 'never',
    check: ({ lints }) =>
      refuseAny(
        lints.flatMap(({ host, problem }) => (problem === null ? [] : [`${host}: ${problem}`])),
        `${lints.length} hosts looked at`,
      ),
  },
  {
    name: 'node_is_not_running_yet',
    prevents:
      'A node that has joined, or made a cluster of its own, before anybody has looked at its config.',
    waivable: 'never',
    check: facts => {
      const running = troubles(facts, found => (found.running ? 'runs already: stop it first' : null))
      const answering = facts.answers
        .filter(({ identity }) => identity !== null)
        .map(({ url, identity }) => `${url} answers as ${identity?.answeredBy} of ${identity?.clusterName}`)
      return refuseAny([...running, ...answering], 'nobody answers there')
    },
  },
  {
    name: 'version_is_that_of_the_cluster',
    prevents:
      'Shards on a newer node that no older node can take back, or a node that is refused for being older.',
    waivable: 'never',
    check: facts => {
      const wrong = troubles(facts, ({ version }) => {
        const order = version === null ? 0 : compareVersions(version, facts.identity.version)
        return order === 0
          ? null
          : `has ${version}, ${order > 0 ? 'newer' : 'older'} than the cluster's ${facts.identity.version}`
      })
      const fresh = facts.lints.filter(({ found }) => found?.version === null).length
      return refuseAny(
        wrong,
        `${facts.identity.version}${fresh > 0 ? `; ${fresh} hosts have nothing installed yet` : ''}`,
      )
    },
  },
  {
    name: 'plugins_are_the_same',
    prevents: 'A shard on a node that lacks the analyzer or the repository type it needs.',
    waivable: 'reason',
    check: facts => {
      const expected = new Set(facts.nodes.flatMap(({ plugins }) => plugins.map(bareName)))
      return refuseAny(
        troubles(facts, ({ installed, plugins }) => {
          const own = new Set(plugins.map(bareName))
          const lacks = [...expected].filter(name => !own.has(name))
          const more = [...own].filter(name => !expected.has(name))
          if (!installed || lacks.length + more.length === 0) return null
          return [
            ...(lacks.length > 0 ? [`lacks ${lacks.join(', ')}`] : []),
            ...(more.length > 0 ? [`has ${more.join(', ')}, which no node has`] : []),
          ].join(' and ')
        }),
        expected.size === 0 ? 'no plugins' : [...expected].join(', '),
      )
    },
  },
  {
    name: 'config_names_this_cluster',
    prevents: 'A node that looks for another cluster, or that goes by another name than its host.',
    waivable: 'never',
    check: facts =>
      refuseAny(
        troubles(facts, ({ config }, { name }) => {
          if (config === null) return null
          const { cluster_name: cluster, node_name: node } = config
          if (cluster !== facts.identity.clusterName)
            return `is configured for the cluster ${cluster}, not ${facts.identity.clusterName}`
          return node === name ? null : `is configured as ${node}`
        }),
        sayFresh(facts, `cluster.name is ${facts.identity.clusterName}`),
      ),
  },
  {
    name: 'no_initial_master_nodes',
    prevents: 'A new node that forms a cluster of its own beside the one it was to join.',
    waivable: 'never',
    check: facts =>
      refuseAny(
        troubles(facts, ({ config }) =>
          config === null || config.initial_master_nodes.length === 0
            ? null
            : `has cluster.initial_master_nodes: ${config.initial_master_nodes.join(', ')}`,
        ),
        'cluster.initial_master_nodes is set nowhere',
      ),
  },
  {
    name: 'roles_are_those_of_the_group',
    prevents: 'A data node that takes part in elections, or hot data on a warm disk.',
    waivable: 'never',
    check: facts =>
      refuseAny(
        troubles(facts, ({ config }, host) => {
          const [peer] = peersOf(facts, host.group)
          if (config === null || config.roles === null || peer === undefined) return null
          const [own, theirs] = [sayRoles(config.roles), sayRoles(peer.roles)]
          return own === theirs
            ? null
            : `has the roles ${own}, the other nodes of ${host.group} have ${theirs}`
        }),
        sayFresh(facts, 'as on the nodes that are there'),
      ),
  },
  {
    name: 'seeds_are_our_masters',
    prevents: 'A node that joins another cluster because its list of seeds leads there.',
    waivable: 'never',
    check: facts => {
      const masters = facts.inventory.hosts.filter(({ groups }) => groups.includes('es_master'))
      const ours = new Set(
        masters.flatMap(({ name, vars }) => [
          name,
          ...[vars.ansible_host, vars.es_transport_host].map(String),
        ]),
      )
      return refuseAny(
        troubles(facts, ({ config }) => {
          if (config === null) return null
          if (config.seed_hosts.length === 0) return 'has no discovery.seed_hosts'
          const strange = config.seed_hosts.filter(seed => !ours.has(seed.replace(/:\d+$/, '')))
          return strange.length === 0 ? null : `has seeds that are no master of ours: ${strange.join(', ')}`
        }),
        sayFresh(facts, `seeds are among the ${masters.length} masters`),
      )
    },
  },
  {
    name: 'data_path_is_empty',
    prevents:
      'Data of another cluster being lost, or its shards coming back from the dead as dangling indices.',
    waivable: 'never',
    check: facts =>
      refuseAny(
        troubles(facts, ({ data: { empty, path, cluster_uuid: uuid, node_id: id } }) => {
          // It ran once and found no cluster: there is an id, and no shard of anybody.
          const isVirgin = uuid === null && id !== null
          if (empty || isVirgin) return null
          const whose =
            uuid === null
              ? 'data of nobody knows whom'
              : uuid === facts.identity.clusterUuid
                ? `data of node ${id} of this cluster`
                : `data of another cluster, ${uuid}`
          return `has ${whose} in ${path}`
        }),
        'empty, or of a node that has never joined',
      ),
  },
  {
    name: 'certificate_is_of_our_ca',
    prevents: 'A node that no other node talks to, in a log full of handshakes that fail.',
    waivable: 'never',
    check: facts =>
      refuseAny(
        troubles(facts, ({ certificate }, { name, address }) => {
          if (certificate === null) return null
          if (!certificate.signed_by_cluster_ca)
            return "has a certificate that the cluster's CA has not signed"
          const isNamed =
            certificate.names.length === 0 || [name, address].some(one => certificate.names.includes(one))
          return isNamed ? null : `has a certificate for ${certificate.names.join(', ')}`
        }),
        "signed by the cluster's CA, or to be made",
      ),
  },
  {
    name: 'certificate_lasts_long_enough',
    prevents: 'A node that falls out of the cluster a few days after it has come.',
    waivable: 'reason',
    check: facts =>
      refuseAny(
        troubles(facts, ({ certificate }) =>
          certificate !== null && certificate.days_left < leastDaysLeft
            ? `has a certificate for ${Math.floor(certificate.days_left)} more days`
            : null,
        ),
        `for ${leastDaysLeft} days at least`,
      ),
  },
  {
    name: 'disk_is_no_smaller',
    prevents:
      'The balancer filling a small disk to its watermark with as many shards as the large ones hold.',
    waivable: 'reason',
    check: facts =>
      refuseAny(
        troubles(facts, ({ data }, { group }) => {
          const names = new Set(peersOf(facts, group).map(({ name }) => name))
          const sizes = facts.allocations.filter(({ node }) => names.has(node)).map(one => one.totalBytes)
          const median = medianOf(sizes)
          return data.total_bytes >= median * diskTolerance
            ? null
            : `has a disk of ${sayBytes(data.total_bytes)}, half of ${group} have ${sayBytes(median)} or more`
        }),
        'as large as those of the tier',
      ),
  },
  {
    name: 'clock_agrees_with_the_others',
    prevents: 'Certificates that are not valid yet, and documents with times of tomorrow.',
    waivable: 'reason',
    check: facts =>
      refuseAny(
        troubles(facts, ({ clock_skew_ms: skew }) =>
          Math.abs(skew) > clockLimitMs ? `is ${Math.abs(skew)} ms ${skew > 0 ? 'ahead' : 'behind'}` : null,
        ),
        `within ${clockLimitMs} ms`,
      ),
  },
  {
    name: 'host_is_fit_for_a_node',
    prevents: 'A node that fails the bootstrap checks, or swaps, or runs out of file handles under load.',
    waivable: 'reason',
    check: facts =>
      refuseAny(
        troubles(facts, ({ problems }) => (problems.length === 0 ? null : problems.join('; '))),
        'limits and kernel settings are as they have to be',
      ),
  },
]

export const peersOf = ({ nodes, inventory }: NodeFacts, group: string): NodeFacts['nodes'] => {
  const names = new Set(
    inventory.hosts.filter(({ groups }) => groups.includes(group)).map(({ name }) => name),
  )
  return nodes.filter(({ name }) => names.has(name))
}

const sayFresh = ({ lints }: NodeFacts, fine: string): string => {
  const fresh = lints.filter(({ found }) => found !== null && isFresh(found)).length
  return fresh === 0 ? fine : `${fine}; ${fresh} hosts have no config yet`
}

const bareName = (plugin: string): string => plugin.split('@')[0] ?? plugin

const sayRoles = (roles: readonly string[]): string =>
  roles.length === 0 ? 'none' : [...roles].sort().join(', ')

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}

/** Positive: `a` is newer. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map(text => text.split(/[.-]/).map(part => Number.parseInt(part, 10) || 0))
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at++) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
