// What driving Ansible costs: the wall clock of a playbook through the driver against bare ansible-playbook, how late its
// events are heard, and whether the driver keeps up with 1,000 hosts. `node bench/ansible.ts`; it exits 1 where a bar is missed.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { type AnsibleDriver, createAnsible } from '../src/adapters/ansible/index.ts'
import type { PlayRequest } from '../src/ports/ansible.ts'

const bars = { overhead: 1.05, latencySeconds: 0.5, eventsPerSecond: 20_000, rssMiB: 300 }
const pairs = 5
const hostsInStream = 1000
const tasksInStream = 200
const checkout = resolve(import.meta.dirname, '..')
const directory = mkdtempSync(join(tmpdir(), 'ops-bench-'))

try {
  const { overhead, latencySeconds } = await measureOverhead()
  const stream = await measureStream()
  console.table({
    [`wall clock, ops / bare, median of ${pairs} pairs`]: overhead,
    'latest event heard after, s': latencySeconds,
    [`events a second (${stream.events} of ${hostsInStream} hosts)`]: stream.perSecond,
    'most memory, MiB': stream.rssMiB,
  })
  const missed = [
    ...(overhead <= bars.overhead ? [] : [`wall clock is more than ${bars.overhead} of bare Ansible's`]),
    ...(latencySeconds <= bars.latencySeconds
      ? []
      : [`an event was heard later than ${bars.latencySeconds} s`]),
    ...(stream.perSecond >= bars.eventsPerSecond
      ? []
      : [`fewer than ${bars.eventsPerSecond} events a second`]),
    ...(stream.rssMiB < bars.rssMiB ? [] : [`memory is not under ${bars.rssMiB} MiB`]),
  ]
  for (const line of missed) console.log(`missed: ${line}`)
  process.exitCode = missed.length > 0 ? 1 : 0
} finally {
  rmSync(directory, { recursive: true, force: true })
}

/** The same playbook in turn, bare and through the driver: eight local hosts, twelve tasks. */
async function measureOverhead(): Promise<{ overhead: number; latencySeconds: number }> {
  const hosts = Array.from({ length: 8 }, (_, at) => `host${at + 1}`)
  const inventory = join(directory, 'hosts.yml')
  writeFileSync(
    inventory,
    JSON.stringify({
      all: {
        vars: { ansible_connection: 'local', ansible_python_interpreter: '{{ ansible_playbook_python }}' },
        hosts: Object.fromEntries(hosts.map(name => [name, {}])),
      },
    }),
  )
  const tasks = Array.from({ length: 12 }, (_, at) => ({
    name: `task ${at + 1}`,
    'ansible.builtin.command': { argv: ['true'] },
    changed_when: at % 2 === 0,
  }))
  const playbooks = join(directory, 'playbooks')
  mkdirSync(playbooks)
  writeFileSync(
    join(playbooks, 'bench.yml'),
    JSON.stringify([{ name: 'bench', hosts: 'all', gather_facts: false, tasks }]),
  )
  const tool = join(checkout, '.venv/bin/ansible-playbook')
  const bare = () =>
    execa(tool, ['--inventory', inventory, join(playbooks, 'bench.yml')], {
      cwd: checkout,
      env: { ANSIBLE_CONFIG: join(checkout, 'ansible.cfg'), LC_ALL: 'C.UTF-8' },
      stdin: 'ignore',
    })
  const driver = open({ inventory, playbooks })
  let latencySeconds = 0
  const driven = () =>
    driver.play({
      playbook: 'bench.yml',
      hosts,
      vars: {},
      stallMs: 60_000,
      onEvent: ({ atMs }) => {
        latencySeconds = Math.max(latencySeconds, (Date.now() - atMs) / 1000)
      },
    })
  try {
    await bare()
    await driven()
    const ratios: number[] = []
    for (let at = 0; at < pairs; at++) ratios.push((await secondsOf(driven)) / (await secondsOf(bare)))
    ratios.sort((a, b) => a - b)
    return {
      overhead: round(ratios[Math.floor(pairs / 2)] ?? Number.NaN),
      latencySeconds: round(latencySeconds),
    }
  } finally {
    await driver.close()
  }
}

/** A stand-in for ansible-playbook writes the stream of a big play as fast as it can; all the rest is the driver's own. */
async function measureStream(): Promise<{ events: number; perSecond: number; rssMiB: number }> {
  const binDir = join(directory, 'bin')
  mkdirSync(binDir)
  const program = (name: string, body: string): void => {
    const file = join(binDir, name)
    writeFileSync(file, `#!/usr/bin/env python3\n${body}`)
    chmodSync(file, 0o755)
  }
  const names = `['host%04d' % n for n in range(${hostsInStream})]`
  program(
    'ansible-inventory',
    `import json\nn = ${names}\nprint(json.dumps({'_meta': {'hostvars': {}}, 'all': {'children': ['g']}, 'g': {'hosts': n}}))\n`,
  )
  program('ansible-playbook', streamOf(names))
  writeFileSync(join(directory, 'big.yml'), '---\nall: {}\n')
  const driver = open({ inventory: join(directory, 'big.yml'), playbooks: directory, binDir })
  const hosts = (await driver.inventory()).hosts.map(({ name }) => name)
  let events = 0
  let rssMiB = 0
  const request: PlayRequest = {
    playbook: 'bench.yml',
    hosts,
    vars: {},
    stallMs: 60_000,
    onEvent: () => {
      events += 1
      if (events % 1000 === 0) rssMiB = Math.max(rssMiB, process.memoryUsage().rss / 2 ** 20)
    },
  }
  try {
    const begunMs = performance.now()
    const { outcomes } = await driver.play(request)
    const seconds = (performance.now() - begunMs) / 1000
    const ok = [...outcomes.values()].filter(({ state }) => state === 'ok').length
    if (ok !== hostsInStream) throw new Error(`only ${ok} hosts are ok`)
    return { events, perSecond: Math.round(events / seconds), rssMiB: Math.round(rssMiB) }
  } finally {
    await driver.close()
  }
}

/** Event by event what the callback plugin writes: begin, play, tasks, every host's start and end of each, recap. */
function streamOf(names: string): string {
  return `import json, os, time
hosts = ${names}
out = os.open(os.environ['OPS_EVENTS'], os.O_WRONLY | os.O_APPEND)
seq = 0
buffer = []
def say(kind, **event):
    global seq
    seq += 1
    buffer.append(json.dumps({'seq': seq, 'kind': kind, 'time': time.time(), 'monotonic': time.monotonic(), **event}))
    if len(buffer) >= 500:
        flush()
def flush():
    if buffer:
        os.write(out, ('\\n'.join(buffer) + '\\n').encode())
        buffer.clear()
say('begin')
say('play', play='bench')
for task in range(${tasksInStream}):
    name = 'task %d' % task
    say('task', play='bench', task=name)
    for host in hosts:
        say('host.started', play='bench', task=name, host=host)
    for host in hosts:
        say('host.ok', play='bench', task=name, host=host, changed=task % 2 == 0)
say('end', recap={host: {'ok': ${tasksInStream}, 'changed': ${tasksInStream / 2}, 'failures': 0, 'dark': 0, 'skipped': 0, 'rescued': 0, 'ignored': 0} for host in hosts})
flush()
`
}

interface Opening {
  readonly inventory: string
  readonly playbooks: string
  readonly binDir?: string
}

function open(where: Opening): AnsibleDriver {
  return createAnsible({
    checkout,
    stateDir: directory,
    run: `bench-${process.pid}`,
    runDir: join(directory, 'run'),
    redact: text => text,
    ...where,
  })
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now()
  await work()
  return (performance.now() - begunMs) / 1000
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
