// The one place that decides whether the lab's hosts can be containers on this machine. It leaves nothing behind: the Docker
// that is tried lives in a network of its own and in a temporary directory.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRoot } from '../process/user.ts'
import { toolEnvironment } from './docker-client.ts'
import { daemonConfig } from './dockerd.ts'
import { explainMissing, missingTools } from './tools.ts'

/** Capabilities without which no dockerd works here, by their bit in /proc. */
const capabilities = { CAP_NET_ADMIN: 12, CAP_SYS_CHROOT: 18, CAP_SYS_ADMIN: 21, CAP_MKNOD: 27 } as const

/** Namespaces of its own: no bridge or packet rule is left, and no process outlives the trial. */
const alone = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']

const tried: { why?: string | null } = {}

/** Why the lab's hosts cannot be containers on this machine, in one line; null where they can. Seconds, the first time. */
export function whyNoDocker(): string | null {
  if (tried.why === undefined) tried.why = findObstacle() ?? tryDockerd()
  return tried.why
}

function findObstacle(): string | null {
  if (process.platform !== 'linux') return `containers need Linux; this is ${process.platform}`
  const missing = missingTools(['docker', 'dockerd', 'iptables', 'ip', 'vagrant', 'mmdebstrap', 'gcc', 'ssh'])
  if (missing.length > 0) {
    const { message, hint } = explainMissing(missing)
    return `${message}: ${hint}`
  }
  if (!isRoot()) return 'starting Docker and building the image of the hosts need root'
  const lacking = lackingCapabilities(readFileSync('/proc/self/status', 'utf8'))
  return lacking.length > 0 ? `this process lacks ${lacking.join(', ')}` : null
}

/** Pure. */
export function lackingCapabilities(status: string): readonly string[] {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
  return Object.entries(capabilities)
    .filter(([, bit]) => ((effective >> BigInt(bit)) & 1n) === 0n)
    .map(([name]) => name)
}

/** A Docker of the machine that answers will do; else one is started and ended. */
function tryDockerd(): string | null {
  const env = toolEnvironment({ DOCKER_HOST: process.env.DOCKER_HOST })
  const machines = spawnSync('docker', ['version'], { env, stdio: 'ignore', timeout: 10_000 })
  if (machines.status === 0) return null
  const directory = mkdtempSync('/tmp/ops-dockerd-')
  try {
    writeFileSync(join(directory, 'daemon.json'), JSON.stringify(daemonConfig(directory)))
    const script = join(import.meta.dirname, 'try-dockerd.sh')
    const trial = spawnSync('unshare', [...alone, script, directory], { env, timeout: 60_000 })
    if (trial.status === 0) return null
    const said = `${trial.stdout ?? ''}${trial.stderr ?? ''}`.trim().split('\n').at(-1)
    return `Docker cannot be started here: ${said || (trial.error?.message ?? 'it said nothing')}`
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
