// Every suite, with one count at the end. The order is cheap first. Suites that wait for real servers more than they compute are played
// two at a time, each with its lab on a network of its own; those that need both processors are played alone.
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { whyNoDocker } from '../src/lab/hosts/why-no-docker.ts'

interface Suite {
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
const first: readonly Suite[] = [
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
const small: readonly Suite[] = [
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
    name: 'a real Vault: the lab, the adapter',
    args: mocha(600_000, 'test/lab/vault-lab.test.ts', 'test/lab/vault-contract.test.ts'),
  },
  { name: 'three real Elasticsearch nodes: the lab', args: mocha(600_000, 'test/lab/lab.test.ts') },
  { name: 'playbooks and roles, linted', args: ['sh', 'test/ansible/lint.sh'] },
]

/** Of both processors again. */
const large: readonly Suite[] = [
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

const words = process.argv.slice(2)
const isLong = words.includes('--long')
const wanted = words.find(word => word !== '--long')
let passed = 0
let failed = 0
const skipped: string[] = []

const stages: readonly { readonly suites: readonly Suite[]; readonly lanes: number }[] = [
  { suites: first, lanes: 1 },
  { suites: small, lanes: 2 },
  { suites: large, lanes: 1 },
]
for (const { suites, lanes } of stages) {
  const waiting = suites.filter(({ name }) => wanted === undefined || name.includes(wanted))
  const isAlone = lanes === 1 || waiting.length === 1
  const play = async (): Promise<void> => {
    for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift())
      await playSuite(suite, isAlone)
  }
  await Promise.all(Array.from({ length: lanes }, play))
}
if (passed === 0) failed += 1
for (const line of skipped) console.log(line)
if (!isLong)
  console.log('repetitions of one kind were cut short on real servers; all of them: sh test/run.sh --long')
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** One that is played beside another is told in one piece when it has ended. */
async function playSuite(suite: Suite, isAlone: boolean): Promise<void> {
  const why = suite.unless?.() ?? null
  if (why !== null) {
    skipped.push(`skipped: ${suite.name}: ${why}`)
    return
  }
  const begun = performance.now()
  const lines: string[] = []
  const tell = isAlone ? (line: string) => console.log(line) : (line: string) => void lines.push(line)
  console.log(isAlone ? `\n== ${suite.name}` : `-- begins: ${suite.name}`)
  const counts = await runSuite(suite, tell)
  passed += counts.passed
  failed += counts.failed
  if (!isAlone) console.log([`\n== ${suite.name}`, ...lines].join('\n'))
  console.log(
    `== ${counts.passed} passed, ${counts.failed} failed in ${Math.round((performance.now() - begun) / 1000)} s`,
  )
}

/** A pending test counts as failed: nothing here may be skipped and look green. */
async function runSuite(
  { args: [command = '', ...args] }: Suite,
  tell: (line: string) => void,
): Promise<{ passed: number; failed: number }> {
  const child = execa(command, args, {
    preferLocal: true,
    reject: false,
    all: true,
    stdin: 'ignore',
    // Its Kafka client makes Node say so.
    env: {
      NODE_OPTIONS: '--disable-warning=TimeoutNegativeWarning',
      ...(isLong ? { OPS_TEST_LONG: '1' } : {}),
    },
  })
  const counts = { passing: 0, failing: 0, pending: 0 }
  createInterface({ input: child.all }).on('line', line => {
    tell(line)
    const [, count, what] = /^\s+(\d+) (passing|failing|pending)/.exec(line) ?? []
    if (what !== undefined) counts[what as keyof typeof counts] = Number(count)
  })
  const { exitCode } = await child
  if (command !== 'mocha') return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  const bad = counts.failing + counts.pending
  return { passed: counts.passing, failed: exitCode === 0 || bad > 0 ? bad : bad + 1 }
}
