// A Docker daemon of the lab's own, for a machine where none runs: its socket, images and logs are all in the lab's
// directory. Only the very process that was started here is ever ended.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import { tellingLine } from '../logs.ts'
import {
  findMarked,
  identify,
  type ProcessIdentity,
  readIdentified,
  signalGroup,
} from '../process/identity.ts'
import { writeAtomically } from '../state.ts'
import { waitFor } from '../wait.ts'
import { dockerAt, dockerVersion, toolEnvironment } from './docker-client.ts'
import type { HostsPaths } from './paths.ts'
import { listProcesses, readRunning } from './processes.ts'

const mark = 'OPS_LAB_DOCKERD'
/** Where containers get out to the package mirrors from; nothing of the lab listens there. */
export const bridgeSubnet = '172.31.250.0/24'
const bridgeAddress = '172.31.250.1/24'

const socketOf = (paths: HostsPaths): string => join(paths.docker, 'docker.sock')
export const privateHost = (paths: HostsPaths): string => `unix://${socketOf(paths)}`
const logOf = (paths: HostsPaths): string => join(paths.docker, 'dockerd.log')

/** Starts it if it is not running, and returns once it answers. `onStart` hears who it is before it is waited for. */
export async function startDockerd(
  paths: HostsPaths,
  onStart: (dockerd: ProcessIdentity) => void,
): Promise<void> {
  const docker = dockerAt(privateHost(paths))
  if (await dockerVersion(docker)) return
  checkLength(paths)
  mkdirSync(paths.docker, { recursive: true, mode: 0o700 })
  rmSync(socketOf(paths), { force: true })
  rmSync(join(paths.docker, 'dockerd.pid'), { force: true })
  writeAtomically(join(paths.docker, 'daemon.json'), JSON.stringify(daemonConfig(paths.docker), null, 2))
  const dockerd = findDaemon(paths) ?? (await spawnDockerd(paths))
  onStart(dockerd)
  await waitFor({
    stallMs: 60_000,
    everyMs: 100,
    look: async () => {
      if (await dockerVersion(docker)) return { result: true }
      if (!readIdentified(dockerd)) throw explainEnd(paths)
      return { progress: String(statSync(logOf(paths)).size) }
    },
    onStall: () =>
      new OpsError('LAB_FAILED', {
        message: `dockerd does not answer: ${lastWords(paths)}`,
        hint: `look at ${logOf(paths)}`,
      }),
  })
}

/** The daemon and what it has started, by the mark that they inherit; containers have an environment of their own. */
export const findDockerd = (paths: HostsPaths): readonly ProcessIdentity[] => findMarked(mark, paths.docker)

/** The daemon itself. Keepers of containers (shims) outlive one that was killed. */
export const findDaemon = (paths: HostsPaths): ProcessIdentity | undefined =>
  findDockerd(paths).find(({ pid }) => readRunning(pid)?.name === 'dockerd')

/** Ends it, and whatever of it is left after that. */
export async function stopDockerd(paths: HostsPaths): Promise<void> {
  const daemon = findDaemon(paths)
  if (daemon) signalGroup(daemon, 'SIGTERM')
  else killContainers(paths)
  const began = performance.now()
  await waitFor({
    stallMs: 60_000,
    everyMs: 100,
    look: async () => {
      const left = findDockerd(paths)
      if (left.length === 0) return { result: true }
      if (performance.now() - began > 20_000) {
        killContainers(paths)
        for (const one of left) signalGroup(one, 'SIGKILL')
      }
      return { progress: String(left.length) }
    },
    onStall: left =>
      new OpsError('LAB_FAILED', {
        message: `${left} processes of the lab's dockerd have not ended even by SIGKILL`,
        hint: 'ops lab down again, when the disk has caught up',
      }),
  })
}

/** Where no daemon is left to ask: the first process of each container, whose parent is a keeper of ours. */
function killContainers(paths: HostsPaths): void {
  const keepers = new Set(findDockerd(paths).map(({ pid }) => pid))
  for (const { pid, parent } of listProcesses()) {
    const child = keepers.has(parent) && !keepers.has(pid) ? identify(pid) : undefined
    if (child) signalGroup(child, 'SIGKILL')
  }
}

/** Everything of it in one directory. */
export const daemonConfig = (directory: string) => ({
  hosts: [`unix://${join(directory, 'docker.sock')}`],
  'data-root': join(directory, 'data'),
  'exec-root': join(directory, 'run'),
  pidfile: join(directory, 'dockerd.pid'),
  'storage-driver': 'overlay2',
  'exec-opts': ['native.cgroupdriver=cgroupfs'],
  bip: bridgeAddress,
  'userland-proxy': false,
  'log-opts': { 'max-size': '1m' },
})

async function spawnDockerd(paths: HostsPaths): Promise<ProcessIdentity> {
  await endContainerd(paths)
  const log = openSync(logOf(paths), 'a', 0o600)
  const child = spawn('dockerd', ['--config-file', join(paths.docker, 'daemon.json')], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: toolEnvironment({ [mark]: paths.docker }),
  })
  child.once('error', () => {}) // seen below: it has no pid
  child.unref()
  const dockerd = child.pid === undefined ? undefined : identify(child.pid)
  if (dockerd) return dockerd
  throw explainEnd(paths)
}

/** Of a daemon that was killed: it would be taken over by the next one, and end a moment later. */
async function endContainerd(paths: HostsPaths): Promise<void> {
  await waitFor({
    stallMs: 20_000,
    everyMs: 50,
    look: async () => {
      const left = findDockerd(paths).filter(({ pid }) => readRunning(pid)?.name === 'containerd')
      for (const one of left) signalGroup(one, 'SIGKILL')
      return left.length === 0 ? { result: true } : { progress: String(left.length) }
    },
    onStall: () =>
      new OpsError('LAB_FAILED', {
        message: "the containerd of the lab's former Docker does not end",
        hint: 'ops lab down',
      }),
  })
  rmSync(join(paths.docker, 'run', 'containerd', 'containerd.pid'), { force: true })
}

/** The kernel takes no longer names for a socket than 107 bytes. */
function checkLength(paths: HostsPaths): void {
  const longest = join(paths.docker, 'run', 'containerd', 'containerd.sock.ttrpc')
  if (Buffer.byteLength(longest) <= 107) return
  throw new OpsError('STATE_UNUSABLE', {
    message: `the state directory's path is ${Buffer.byteLength(longest) - 107} characters too long for Docker's sockets`,
    hint: 'choose a shorter one: ops --state /var/tmp/lab lab up --hosts vagrant',
  })
}

const explainEnd = (paths: HostsPaths): OpsError =>
  new OpsError('LAB_FAILED', {
    message: `dockerd has ended: ${lastWords(paths)}`,
    hint: `look at ${logOf(paths)}`,
  })

function lastWords(paths: HostsPaths): string {
  const text = existsSync(logOf(paths)) ? readFileSync(logOf(paths), 'utf8').slice(-8192) : ''
  const failures = text.split('\n').filter(line => /^failed to |level=(fatal|error)/.test(line))
  return tellingLine(failures.at(-1) ?? text)
}
