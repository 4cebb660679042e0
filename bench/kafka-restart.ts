// Wall clock of `ops run rolling-restart --service kafka` against a plain playbook that restarts one broker and waits until
// nothing is under-replicated: the same three brokers, the same messages a second, one after the other.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'

const checkout = resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: { rate: { type: 'string', default: '200' }, net: { type: 'string', default: '127.0.25' } },
})
const bar = 1

const stateDir = mkdtempSync(join(tmpdir(), 'ops-bench-'))
const env = { OPS_STATE: stateDir, OPS_INVENTORY: undefined, OPS_LAB_NET: undefined, OPS_RUN: undefined }
const ops = (...args: string[]) =>
  execa(join(checkout, 'ops'), args, { env, stderr: 'inherit', stdin: 'ignore' })

async function underLoad(
  name: string,
  work: () => Promise<unknown>,
): Promise<{ seconds: number; verdict: string }> {
  const load = (...args: string[]) => ops('--json', 'lab', 'load', '--kafka', '--name', name, ...args)
  await load('--detach', '--rate', values.rate)
  const begun = performance.now()
  await work()
  const seconds = (performance.now() - begun) / 1000
  await load('--stop')
  const { acked, lost, failed } = JSON.parse((await load('--verify')).stdout)
  return { seconds, verdict: `${acked} acked, ${lost} lost, ${failed.found + failed.notFound} failed` }
}

try {
  await ops('lab', 'up', '--only', 'kafka', '--kafka-rf', '3', '--net', values.net)
  const ours = await underLoad('ops', () =>
    ops('--quiet', 'run', 'rolling-restart', '--service', 'kafka', '--yes'),
  )
  const peer = await underLoad('peer', () =>
    execa(
      join(checkout, '.venv/bin/ansible-playbook'),
      ['-i', 'inventory/embedded', 'bench/peers/kafka-serial-restart.yml'],
      { cwd: checkout, env, stdin: 'ignore' },
    ),
  )
  const ratio = ours.seconds / peer.seconds
  console.log(`${values.rate} messages a second, three copies`)
  console.log(`ops     ${ours.seconds.toFixed(0)} s   ${ours.verdict}`)
  console.log(`serial  ${peer.seconds.toFixed(0)} s   ${peer.verdict}`)
  console.log(`ratio   ${ratio.toFixed(2)} (bar ${bar})`)
  process.exitCode = ratio <= bar ? 0 : 1
} finally {
  await ops('lab', 'down')
  rmSync(stateDir, { recursive: true, force: true })
}
