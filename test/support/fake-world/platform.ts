// A whole platform on fakes: hosts that know what was set up on them, and the cluster that comes to life when its nodes have
// been. The playbooks keep the promises of the real ones: a second play changes nothing, a check changes nothing at all.
import type { InventoryHost } from '../../../src/ports/ansible.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { FakeHost, FakePlaybook } from '../fake-ansible/fake-ansible.ts'
import type { FakeCluster } from '../fake-cluster/fake-cluster.ts'
import type { FakeKafka } from '../fake-kafka/fake-kafka.ts'

type Setups = 'base' | 'vault' | 'kafka' | 'elasticsearch'

export interface FakePlatform {
  /** `system@host`: set up there. */
  readonly done: Set<string>
  /** Hosts whose inventory asks for another elasticsearch.yml than they have. */
  readonly changed: Set<string>
  /** Hosts whose elasticsearch.yml was changed, and how often their node had been started by then. */
  readonly written: Map<string, number>
  /** The cluster has its users and templates. */
  filled: boolean
  /** What preflight finds wrong, by host. */
  readonly faults: Map<string, string>
  /** What a role hands back for a person to see to, by host. */
  readonly warnings: Map<string, string>
}

export const emptyPlatform = (): FakePlatform => ({
  done: new Set(),
  changed: new Set(),
  written: new Map(),
  filled: false,
  faults: new Map(),
  warnings: new Map(),
})

/** Everything set up, the cluster running. */
export function fullPlatform(hosts: readonly FakeHost[]): FakePlatform {
  const platform = { ...emptyPlatform(), filled: true }
  for (const { name, groups = [] } of hosts)
    for (const system of ['base', 'vault', 'kafka', 'elasticsearch'])
      if (system === 'base' || groups.includes(system)) platform.done.add(`${system}@${name}`)
  return platform
}

export const otherHosts: readonly FakeHost[] = [
  ...['kafka01', 'kafka02', 'kafka03'].map((name, at) => ({
    name,
    groups: ['kafka'],
    vars: { ansible_host: `10.0.4.${at}` },
  })),
  { name: 'vault01', groups: ['vault'], vars: { ansible_host: '10.0.5.1' } },
]

const playMs = 900

export function playbooksOfPlatform(
  platform: FakePlatform,
  cluster: FakeCluster,
  clock: Clock,
  kafka: () => FakeKafka,
): Record<string, FakePlaybook> {
  /** How often the process of a host has been started. */
  const starts = (name: string): number =>
    nodes().includes(name) ? cluster.starts(name) : kafka().starts(name)
  const nodes = (): string[] => cluster.state.nodes.map(({ name }) => name)
  const setUp =
    (system: Setups, after: (host: InventoryHost) => void = () => {}): FakePlaybook =>
    async (host, { check }) => {
      const key = `${system}@${host.name}`
      const fresh = !platform.done.has(key)
      const other = host.groups.includes(system) && platform.changed.has(host.name)
      if (check === true) {
        const diff = { diff: '--- before\n+++ after\n-node.processors: 1\n+node.processors: 2\n' }
        return { changed: fresh || other, result: resultOf(host, other), ...(other ? diff : {}) }
      }
      await clock.sleep(playMs)
      platform.done.add(key)
      if (other) {
        platform.changed.delete(host.name)
        platform.written.set(host.name, starts(host.name))
      }
      after(host)
      return { changed: fresh || other, result: resultOf(host, false) }
    }
  const resultOf = ({ name }: InventoryHost, wouldChange: boolean) => ({
    restart_needed:
      wouldChange || (platform.written.has(name) && platform.written.get(name) === starts(name)),
    warnings: [platform.warnings.get(name)].filter(text => text !== undefined),
  })
  const joined = (): number => nodes().filter(name => platform.done.has(`elasticsearch@${name}`)).length
  return {
    'host_state.yml': ({ name, groups }) => {
      const systems = ['base', ...['vault', 'kafka', 'elasticsearch'].filter(one => groups.includes(one))]
      const state = (system: string) => {
        const there = platform.done.has(`${system}@${name}`)
        return { configured: there, data: there, running: there }
      }
      return {
        changed: false,
        result: { systems: Object.fromEntries(systems.map(system => [system, state(system)])) },
      }
    },
    'preflight.yml': ({ name }) => {
      const fault = platform.faults.get(name)
      if (fault !== undefined) throw new Error(fault)
      return { changed: false }
    },
    'base.yml': setUp('base'),
    'vault.yml': setUp('vault'),
    'kafka.yml': setUp('kafka'),
    'elasticsearch.yml': setUp('elasticsearch'),
    'elasticsearch_content.yml': async (_host, { check }) => {
      const changed = !platform.filled
      if (check === true) return { changed }
      await clock.sleep(playMs)
      platform.filled = true
      // Only now there is a user that `ops` may be.
      cluster.set({ unreachable: [] })
      return { changed }
    },
    'elasticsearch_status.yml': () => ({
      changed: false,
      result: { nodes: joined(), status: joined() > 3 ? 'green' : 'yellow', problem: null },
    }),
    'kafka_status.yml': () => ({ changed: false, result: { leader: 1, voters: 3, problem: null } }),
  }
}
