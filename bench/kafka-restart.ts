// Wall clock of `ops run rolling-restart --service kafka` against a plain playbook that restarts one broker and waits until
// nothing is under-replicated: the same brokers, the same messages a second, one after the other. `--pairs 3` does that three
// times on one lab and judges the middle one; `--brokers 6` has two brokers in each rack, which share no partition. What ops does
// more is in its time: it judges its gates before anything is touched, looks again before every stop, and watches every broker
// for the soak time (`--soak`, 3 s as by default).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'

const checkout = resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '200' },
    net: { type: 'string', default: '127.0.25' },
    pairs: { type: 'string', default: '1' },
    soak: { type: 'string', default: '3s' },
    brokers: { type: 'string', default: '3' },
  },
})
const bar = 1

const stateDir = mkdtempSync(join(tmpdir(), 'ops-bench-'))
const env = { OPS_STATE: stateDir, OPS_INVENTORY: undefined, OPS_LAB_NET: undefined, OPS_RUN: undefined }
const ops = (...args: string[]) =>
  execa(join(checkout, 'ops'), args, { env, stderr: 'inherit', stdin: 'ignore' })

async function underLoad(
  name: string,
  work: () => Promise<string>,
): Promise<{ seconds: number; verdict: string }> {
  const load = (...args: string[]) => ops('--json', 'lab', 'load', '--kafka', '--name', name, ...args)
  await load('--detach', '--rate', values.rate)
  const begun = performance.now()
  const said = await work()
  const seconds = (performance.now() - begun) / 1000
  await load('--stop')
  const { acked, lost, failed } = JSON.parse((await load('--verify')).stdout)
  const verdict = `${acked} acked, ${lost} lost, ${failed.found + failed.notFound} failed${said}`
  return { seconds, verdict }
}

interface Row {
  readonly at: string
  readonly type: string
  readonly node?: string
  readonly step?: string
}

/** Where the time of a run went, by its own records. */
function explainRun(stdout: string, begunMs: number): string {
  const rows = stdout.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line) as Row] : []))
  const at = (is: (row: Row) => boolean): number => Date.parse(rows.find(is)?.at ?? '')
  const nodes = rows.flatMap(({ type, node }) => (type === 'node.recovered' && node ? [node] : []))
  const mean = (from: (node: string) => number, to: (node: string) => number): string =>
    (nodes.reduce((sum, node) => sum + to(node) - from(node), 0) / nodes.length / 1000).toFixed(1)
  const asked = (node: string) => at(({ type, step }) => type === 'step.intent' && step === `${node}.stop`)
  const when = (type: string) => (node: string) => at(row => row.type === type && row.node === node)
  const planned = ((at(({ type }) => type === 'run.started') - begunMs) / 1000).toFixed(1)
  const [stopped, back, recovered] = ['node.stopped', 'node.back', 'node.recovered'].map(when)
  if (stopped === undefined || back === undefined || recovered === undefined) return ''
  const together = nodes.flatMap(one =>
    nodes
      .filter(other => one < other && stopped(one) < back(other) && stopped(other) < back(one))
      .map(other => `${one} and ${other}`),
  )
  const lastMs = Math.max(...nodes.map(recovered))
  const settled = ((at(({ type }) => type === 'run.ended') - lastMs) / 1000).toFixed(1)
  return (
    `; plan ${planned} s, then for each broker: stop ${mean(asked, stopped)} s, ` +
    `start ${mean(stopped, back)} s, catch up and soak ${mean(back, recovered)} s; then ${settled} s` +
    `; down together: ${together.join(', ') || 'none'}`
  )
}

const ratios: number[] = []
try {
  const { brokers, net, rate } = values
  await ops('lab', 'up', '--only', 'kafka', '--kafka-rf', '3', '--kafka-brokers', brokers, '--net', net)
  console.log(`${brokers} brokers, ${rate} messages a second, three copies, soak ${values.soak}`)
  for (let pair = 1; pair <= Number(values.pairs); pair++) {
    const ours = await underLoad(`ops-${pair}`, async () => {
      const begunMs = Date.now()
      const args = ['--json', 'run', 'rolling-restart', '--service', 'kafka', '--yes', '--soak', values.soak]
      return explainRun((await ops(...args)).stdout, begunMs)
    })
    const peer = await underLoad(`peer-${pair}`, async () => {
      await execa(
        join(checkout, '.venv/bin/ansible-playbook'),
        ['-i', 'inventory/embedded', 'bench/peers/kafka-serial-restart.yml'],
        { cwd: checkout, env, stdin: 'ignore' },
      )
      return ''
    })
    const ratio = ours.seconds / peer.seconds
    ratios.push(ratio)
    console.log(`ops     ${ours.seconds.toFixed(1)} s   ${ours.verdict}`)
    console.log(`serial  ${peer.seconds.toFixed(1)} s   ${peer.verdict}`)
    console.log(`ratio   ${ratio.toFixed(2)} (bar ${bar})`)
  }
  const middle = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? Number.POSITIVE_INFINITY
  process.exitCode = middle <= bar ? 0 : 1
} finally {
  await ops('lab', 'down')
  rmSync(stateDir, { recursive: true, force: true })
}
