// The folders of one driver: what is kept (logs, redacted events) in the run's own folder, and what may hold secrets
// (extra variables, raw events, Ansible's temporary files) in memory-backed storage, removed when the play has ended.
import { rmSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, open, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import { findProcesses } from './processes.ts'

export interface Workspace {
  /** ANSIBLE_HOME; holds the ControlPath folder, which the plays of a run share. */
  readonly home: string
  readonly controlPaths: string
  openPlay(playbook: string): Promise<PlayFiles>
  /** A folder in which the word for a prepared play is given; whoever asks for it removes it. */
  openWord(): Promise<string>
  close(): Promise<void>
}

export interface PlayFiles {
  /** Kept: Ansible's own output, redacted. */
  readonly log: string
  /** Kept: the events, redacted. */
  readonly events: string
  /** Removed with everything in it. */
  readonly secret: string
  readonly rawEvents: string
  readonly vars: string
  readonly limit: string
  /** Hosts of this play only. */
  readonly extraHosts: string
  remove(): Promise<void>
}

const tmpfsMagic = 0x01021994
const prefix = 'ops-ansible-'

export async function openWorkspace(runDir: string): Promise<Workspace> {
  await mkdir(runDir, { recursive: true, mode: 0o700 }).catch(cause => {
    throw new OpsError('STATE_UNUSABLE', {
      message: `${runDir} cannot be made: ${(cause as Error).message}`,
      hint: 'give a folder that you may write with --state DIR',
      cause,
    })
  })
  await chmod(runDir, 0o700)
  const memory = await findMemory()
  const root = memory ?? runDir
  await removeStale(root)
  const home = await mkdtemp(join(root, `${prefix}${process.pid}-`))
  const controlPaths = join(home, 'cp')
  await mkdir(controlPaths, { mode: 0o700 })
  const removeAtExit = (): void => rmSync(home, { recursive: true, force: true })
  process.once('exit', removeAtExit)
  return {
    home,
    controlPaths,
    openPlay: playbook => openPlay(runDir, home, playbook),
    openWord: () => mkdtemp(join(home, 'word-')),
    async close() {
      process.off('exit', removeAtExit)
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function openPlay(runDir: string, home: string, playbook: string): Promise<PlayFiles> {
  const log = await takeLogName(runDir, basename(playbook, '.yml'))
  const secret = await mkdtemp(join(home, 'play-'))
  const rawEvents = join(secret, 'events')
  await writeFile(rawEvents, '', { mode: 0o600 })
  return {
    log,
    events: log.replace(/\.log$/, '.events.jsonl'),
    secret,
    rawEvents,
    vars: join(secret, 'vars.yml'),
    limit: join(secret, 'limit'),
    extraHosts: join(secret, 'hosts.yml'),
    remove: () => rm(secret, { recursive: true, force: true }),
  }
}

/** `0007-service_stop.log`; plays that begin at the same moment, and resumed runs, get numbers of their own. */
async function takeLogName(runDir: string, name: string): Promise<string> {
  const numbers = (await readdir(runDir)).map(file => Number.parseInt(file, 10)).filter(Number.isInteger)
  for (let number = Math.max(0, ...numbers) + 1; ; number += 1) {
    const padded = String(number).padStart(4, '0')
    const claim = await open(join(runDir, `${padded}.claim`), 'wx', 0o600).catch(() => null)
    if (claim === null) continue
    await claim.close()
    const log = join(runDir, `${padded}-${name}.log`)
    await writeFile(log, '', { mode: 0o600 })
    await rm(join(runDir, `${padded}.claim`), { force: true })
    return log
  }
}

/** A folder that is never written to a disk. */
async function findMemory(): Promise<string | null> {
  for (const folder of ['/dev/shm', process.env.XDG_RUNTIME_DIR]) {
    if (folder === undefined || folder === '') continue
    const { type } = await statfs(folder).catch(() => ({ type: 0 }))
    if (type !== tmpfsMagic) continue
    const probe = await mkdtemp(join(folder, `${prefix}probe-`)).catch(() => null)
    if (probe === null) continue
    await rm(probe, { recursive: true, force: true })
    return folder
  }
  return null
}

/** What an ops that was killed left behind, unless its Ansible still works in there. */
async function removeStale(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1])
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const folder = join(root, name)
    if (isRunning(pid) || findProcesses(`ANSIBLE_HOME=${folder}`).length > 0) continue
    await rm(folder, { recursive: true, force: true }).catch(() => {})
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
