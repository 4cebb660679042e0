// Wall clock of `ops run rolling-restart` against the documented serial procedure in plain Ansible: the same lab, the same
// write rate, one after the other. `--boot-delay 20` makes nodes start as slowly as real hosts do. The rate is one that two
// processors serve beside four starting nodes; a higher one (`--rate 50`) measures writing more than restarting.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'

const checkout = resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    'boot-delay': { type: 'string', default: '0' },
    rate: { type: 'string', default: '20' },
    net: { type: 'string', default: '127.0.23' },
  },
})
const bootDelay = Number(values['boot-delay'])
const bar = bootDelay >= 20 ? 0.45 : 0.7

const stateDir = mkdtempSync(join(tmpdir(), 'ops-bench-'))
const env = { OPS_STATE: stateDir, OPS_INVENTORY: undefined, OPS_LAB_NET: undefined, OPS_RUN: undefined }
const ops = (...args: string[]) =>
  execa(join(checkout, 'ops'), args, { env, stderr: 'inherit', stdin: 'ignore' })

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

async function underLoad(
  name: string,
  work: () => Promise<unknown>,
): Promise<{ seconds: number; verdict: string }> {
  await ops('lab', 'load', '--detach', '--rate', values.rate, '--name', name)
  const seconds = await secondsOf(work)
  await ops('lab', 'load', '--stop', '--name', name)
  const { stdout } = await ops('--json', 'lab', 'load', '--verify', '--name', name)
  const { acked, lost, partlyLost, failed } = JSON.parse(stdout)
  return { seconds, verdict: `${acked} acked, ${lost} lost, ${partlyLost} partly lost, ${failed} failed` }
}

try {
  await ops('lab', 'up', '--net', values.net, '--boot-delay', String(bootDelay))
  const ours = await underLoad('ops', () => ops('--quiet', 'run', 'rolling-restart', '--yes'))
  const peer = await underLoad('peer', () =>
    execa(
      join(checkout, '.venv/bin/ansible-playbook'),
      ['-i', 'inventory/embedded', 'bench/peers/serial-restart.yml'],
      { cwd: checkout, env, stdin: 'ignore' },
    ),
  )
  const ratio = ours.seconds / peer.seconds
  console.log(`boot delay ${bootDelay} s, ${values.rate} documents a second`)
  console.log(`ops     ${ours.seconds.toFixed(0)} s   ${ours.verdict}`)
  console.log(`serial  ${peer.seconds.toFixed(0)} s   ${peer.verdict}`)
  console.log(`ratio   ${ratio.toFixed(2)} (bar ${bar})`)
  process.exitCode = ratio <= bar ? 0 : 1
} finally {
  await ops('lab', 'down')
  rmSync(stateDir, { recursive: true, force: true })
}
