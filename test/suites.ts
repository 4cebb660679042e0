// The suites, the cheap ones first. Each that starts servers has its lab on a network of its own.
import { whyNoDocker } from '../src/lab/hosts/why-no-docker.ts'

export interface Suite {
  readonly name: string
  readonly args: readonly string[]
  /** Why it cannot run on this machine. */
  readonly unless?: () => string | null
}

const mocha = (timeoutMs: number, ...words: string[]): readonly string[] => [
  'mocha',
  '--no-config',
  '--reporter',
  'dot',
  '--exit',
  '--timeout',
  String(timeoutMs),
  ...words,
]

/** Files of one suite. */
const sideBySide = ['--parallel', '--jobs', '2']

/** Of both processors: nothing else is played meanwhile. */
const ofBoth: readonly Suite[] = [
  {
    name: 'units, contracts and scenarios, on fakes',
    args: mocha(
      30_000,
      ...sideBySide,
      'test/unit/**/*.test.ts',
      'test/contract/**/*.test.ts',
      'test/scenarios/**/*.test.ts',
    ),
  },
  { name: 'the real Ansible', args: mocha(300_000, ...sideBySide, 'test/ansible/**/*.test.ts') },
]

/** What waits more than it computes: two at a time, the longest first. */
const waiting: readonly Suite[] = [
  {
    name: 'ten real Elasticsearch nodes, three brokers, two shippers, a Vault: secrets audited, rotated under load, killed',
    args: mocha(1_200_000, 'test/lab/audit-secrets.test.ts', 'test/lab/rotate-secrets.test.ts'),
  },
  {
    name: 'three real brokers: more partitions, under load',
    args: mocha(900_000, 'test/lab/kafka-expand.test.ts'),
  },
  {
    name: 'three real Elasticsearch nodes, three real brokers: drills',
    args: mocha(900_000, 'test/lab/dr-drill.test.ts'),
  },
  {
    name: 'three real Elasticsearch nodes: reroute, and a node that goes',
    args: mocha(900_000, 'test/lab/reroute.test.ts', 'test/lab/remove-node.test.ts'),
  },
  {
    name: 'four real brokers: partitions moved under load, killed, taken back',
    args: mocha(600_000, 'test/lab/kafka-reassign.test.ts'),
  },
  {
    name: 'three real brokers: the lab, the adapter',
    args: mocha(600_000, 'test/lab/kafka-lab.test.ts', 'test/lab/kafka-contract.test.ts'),
  },
  {
    name: 'three real Elasticsearch nodes: broken worlds, and what triage says of them',
    args: mocha(600_000, 'test/lab/triage-worlds.test.ts'),
  },
  {
    name: 'three real Elasticsearch nodes and an S3 store: the offsite copy, killed',
    args: mocha(900_000, 'test/lab/offsite-copy.test.ts'),
  },
  {
    name: 'three real Elasticsearch nodes, three brokers, two shippers: all of it down and up again, killed',
    args: mocha(600_000, 'test/lab/full-restart.test.ts'),
  },
  {
    name: 'three real brokers, and six: the restart',
    args: mocha(900_000, 'test/lab/kafka-restart.test.ts'),
  },
  {
    name: 'three real Elasticsearch nodes: snapshots and restores',
    args: mocha(900_000, 'test/lab/snapshots.test.ts', 'test/lab/restore.test.ts'),
  },
  {
    name: 'hosts with systemd and ssh: the lab',
    args: mocha(600_000, 'test/lab/hosts.test.ts', 'test/lab/hosts-vagrantfile.test.ts'),
    unless: whyNoDocker,
  },
  {
    name: 'three real Elasticsearch nodes: the adapter',
    args: mocha(
      600_000,
      'test/lab/elasticsearch-contract.test.ts',
      'test/lab/snapshots-contract.test.ts',
      'test/lab/allocation-contract.test.ts',
    ),
  },
  {
    name: 'a real process killed at every journal record, on fakes',
    args: mocha(600_000, 'test/crash/**/*.test.ts'),
  },
  {
    name: 'three real Elasticsearch nodes: the restart, killed',
    args: mocha(900_000, 'test/lab/rolling-restart-small.test.ts'),
  },
  {
    name: 'three real Elasticsearch nodes, three real brokers, a Vault: every kind of secret rotated, killed',
    args: mocha(900_000, 'test/lab/rotate-kinds.test.ts'),
  },
  {
    name: 'a real Vault: the lab, the adapter',
    args: mocha(600_000, 'test/lab/vault-lab.test.ts', 'test/lab/vault-contract.test.ts'),
  },
  { name: 'three real Elasticsearch nodes: the lab', args: mocha(600_000, 'test/lab/lab.test.ts') },
  { name: 'playbooks and roles, linted', args: ['sh', 'test/ansible/lint.sh'] },
]

/** Of both processors again. */
const ofBothAgain: readonly Suite[] = [
  {
    name: 'ten real Elasticsearch nodes under load: the restart, a snapshot',
    args: mocha(1_200_000, 'test/lab/rolling-restart-full.test.ts'),
  },
  {
    name: 'ten real Elasticsearch nodes: one comes, one takes its place, one goes',
    args: mocha(900_000, 'test/lab/resize.test.ts'),
  },
  {
    name: 'fifteen hosts with systemd and ssh: deploy, the restart over ssh, a host that comes and goes, hosts that fail',
    args: mocha(2_400_000, 'test/lab/deploy-hosts.test.ts'),
    unless: whyNoDocker,
  },
]

/** Suites that wait for real servers more than they compute share the processors; all others are played alone. */
export const stages: readonly { readonly suites: readonly Suite[]; readonly lanes: number }[] = [
  { suites: ofBoth, lanes: 1 },
  { suites: waiting, lanes: 2 },
  { suites: ofBothAgain, lanes: 1 },
]
