// What the playbooks on members do to the fake cluster. They keep the promises of playbooks/node_*.yml: a lint reads only, a second
// set-up changes nothing, and lists of members are written, never read by a running node.
import type { Clock } from '../../../src/ports/clock.ts'
import type { Json, JsonObject } from '../../../src/ports/json.ts'
import type { FakePlaybook } from '../fake-ansible/fake-ansible.ts'
import type { FakeCluster } from '../fake-cluster/fake-cluster.ts'
import { nodeNamed } from '../fake-cluster/nodes.ts'

/** A playbook has its effect at once and takes a while to say so. */
const playMs = 700

export interface Members {
  /** What a lint finds otherwise than all is well, by host; parts are merged into parts. */
  readonly lints: Map<string, JsonObject>
  /** Hosts whose set-up fails, with why. */
  readonly deployFails: Map<string, string>
  /** Set up by `node_deploy.yml`, and told of the members by `node_seeds.yml` since. */
  readonly deployed: Set<string>
  readonly told: Set<string>
  /** Hosts that read the new list only when they are restarted. */
  readonly needRestart: Set<string>
}

export const emptyMembers = (): Members => ({
  lints: new Map(),
  deployFails: new Map(),
  deployed: new Set(),
  told: new Set(),
  needRestart: new Set(),
})

export function playbooksOnMembers(
  cluster: FakeCluster,
  clock: Clock,
  members: Members = emptyMembers(),
): Record<string, FakePlaybook> {
  return {
    'node_lint.yml': async ({ name }) => {
      await clock.sleep(playMs)
      return { changed: false, result: merge(soundMachine(cluster, name), members.lints.get(name) ?? {}) }
    },
    'node_deploy.yml': async ({ name }) => {
      await clock.sleep(playMs)
      const trouble = members.deployFails.get(name)
      if (trouble !== undefined) throw new Error(trouble)
      const changed = !members.deployed.has(name)
      members.deployed.add(name)
      return { changed, result: { changed, started: false } }
    },
    'node_seeds.yml': async ({ name }) => {
      await clock.sleep(playMs)
      const changed = !members.told.has(name)
      members.told.add(name)
      return { changed, result: { changed, needs_restart: changed && members.needRestart.has(name) } }
    },
    'node_wipe.yml': async ({ name }, { vars }) => {
      await clock.sleep(playMs)
      const node = nodeNamed(cluster.state, name)
      if (node.running) throw new Error(`${name} runs: nothing is wiped`)
      const wiped = node.id === vars.ops_node_id
      if (wiped) cluster.act({ do: 'wipe-node', node: name })
      return { changed: wiped, result: { wiped, path: dataPath } }
    },
  }
}

const dataPath = '/var/lib/elasticsearch'

function soundMachine(cluster: FakeCluster, name: string): JsonObject {
  const { state } = cluster
  const { version, roles, attributes, plugins, running, address, totalBytes, availableBytes } = nodeNamed(
    state,
    name,
  )
  const seeds = state.nodes.filter(one => one.joined && one.roles.includes('master'))
  return {
    ...{ installed: true, running, version },
    config: {
      cluster_name: state.clusterName,
      node_name: name,
      roles,
      attributes,
      seed_hosts: seeds.map(one => one.address),
      initial_master_nodes: [],
    },
    data: {
      path: dataPath,
      empty: true,
      node_id: null,
      cluster_uuid: null,
      free_bytes: availableBytes,
      total_bytes: totalBytes,
    },
    certificate: { signed_by_cluster_ca: true, days_left: 300, names: [name, address] },
    plugins,
    clock_skew_ms: 3,
    problems: [],
  }
}

function merge(whole: JsonObject, part: JsonObject): JsonObject {
  const merged = Object.entries(part).map(([key, value]): [string, Json] => {
    const before = whole[key]
    return [key, isObject(before) && isObject(value) ? merge(before, value) : (value ?? null)]
  })
  return { ...whole, ...Object.fromEntries(merged) }
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
