// Runs Vagrant for the lab: its own home and dot directory, none of the user's boxes or plugins, nothing asked of the
// internet for containers. A Vagrant that says nothing for too long is ended.
import { appendFileSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import { findMarked, type ProcessIdentity, signalGroup } from '../process/identity.ts'
import { waitFor } from '../wait.ts'
import { toolEnvironment } from './docker-client.ts'
import { type HostsPaths, labId } from './paths.ts'
import type { HostsLab } from './state.ts'
import type { LabHost } from './table.ts'

const checkout = resolve(import.meta.dirname, '../../..')
const silenceMs = 600_000
const mark = 'OPS_LAB_VAGRANT'

export const machineIdFile = ({ paths, state }: HostsLab, name: string): string =>
  join(paths.vagrant, 'dot', 'machines', name, state.provider, 'id')

export function vagrantEnvironment({ state, paths }: HostsLab): Record<string, string> {
  const isDocker = state.provider === 'docker'
  return toolEnvironment({
    VAGRANT_CWD: checkout,
    // Containers need nothing of what a person has installed; boxes and plugins for machines are theirs.
    VAGRANT_HOME: isDocker ? join(paths.vagrant, 'home') : process.env.VAGRANT_HOME,
    VAGRANT_NO_PLUGINS: isDocker ? '1' : undefined,
    VAGRANT_DOTFILE_PATH: join(paths.vagrant, 'dot'),
    VAGRANT_DEFAULT_PROVIDER: state.provider,
    VAGRANT_CHECKPOINT_DISABLE: '1',
    DOCKER_HOST: isDocker ? state.dockerHost : undefined,
    // Virtual machines would inherit it, and must not be taken for a stray Vagrant.
    [mark]: isDocker ? paths.root : undefined,
    LAB_KEY: paths.key,
    LAB_FILES: paths.files,
    LAB_BACKUPS: paths.backups,
    LAB_IMAGE: state.image,
    LAB_ID: labId(paths),
    LAB_MORE: renderMore(state.hosts),
    XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR,
    SSH_AUTH_SOCK: undefined,
  })
}

/** Every host of this lab, for the Vagrantfile, which knows those of the table by itself. Pure. */
const renderMore = (hosts: readonly LabHost[]): string =>
  JSON.stringify(
    Object.fromEntries(
      hosts.map(({ name, groups, address, memoryMiB: memory }) => [name, { groups, address, memory }]),
    ),
  )

/** Runs it to its end; `hear` gets every line that it says. */
export async function runVagrant(
  lab: HostsLab,
  args: readonly string[],
  hear: (line: string) => void = () => {},
): Promise<void> {
  const log = join(lab.paths.vagrant, 'vagrant.log')
  mkdirSync(lab.paths.vagrant, { recursive: true, mode: 0o700 })
  appendFileSync(log, `$ vagrant ${args.join(' ')}\n`)
  const child = execa('vagrant', args, {
    env: vagrantEnvironment(lab),
    extendEnv: false,
    cwd: checkout,
    stdin: 'ignore',
    all: true,
    reject: false,
    buffer: false,
  })
  const lines: string[] = []
  let silent = false
  const watch = setTimeout(() => {
    silent = true
    child.kill('SIGINT')
    setTimeout(() => child.kill('SIGKILL'), 20_000).unref()
  }, silenceMs)
  createInterface({ input: child.all }).on('line', line => {
    watch.refresh()
    lines.push(line)
    appendFileSync(log, `${line}\n`)
    hear(line)
  })
  const { exitCode, shortMessage } = await child
  clearTimeout(watch)
  if (exitCode === 0) return
  throw new OpsError(silent ? 'STALLED' : 'LAB_FAILED', {
    message: silent
      ? `vagrant ${args[0]} said nothing for ${silenceMs / 60_000} minutes`
      : `vagrant ${args[0]} failed: ${explainVagrant(lines) ?? shortMessage}`,
    hint: `look at ${log}; ops lab up --hosts vagrant carries on where it stopped`,
  })
}

/** Vagrant and what it has started, by the mark that they inherit. */
export const findVagrant = ({ root }: HostsPaths): readonly ProcessIdentity[] => findMarked(mark, root)

/** Ends what a killed `ops` has left at work; whoever holds the lab's lock may do that. */
export async function endStrayVagrant(paths: HostsPaths): Promise<void> {
  await waitFor({
    stallMs: 30_000,
    everyMs: 100,
    look: async () => {
      const strays = findVagrant(paths)
      if (strays.length === 0) return { result: true }
      for (const stray of strays) signalGroup(stray, 'SIGKILL')
      return { progress: String(strays.length) }
    },
    onStall: left =>
      new OpsError('LAB_FAILED', {
        message: `${left} processes of an earlier vagrant do not end even by SIGKILL`,
        hint: 'try again when the disk has caught up',
      }),
  })
}

/** The part of what Vagrant said that tells why it failed. Pure. */
export function explainVagrant(lines: readonly string[]): string | undefined {
  const said = lines.map(line => line.trim()).filter(line => line !== '')
  const stderr = said.find(line => line.startsWith('Stderr: '))?.slice('Stderr: '.length)
  const plain = said.filter(line => !line.startsWith('==>') && !/^\S+: /.test(line))
  return (
    stderr ??
    plain.find(line => /error|could not|cannot|failed|isn't/i.test(line)) ??
    said.at(-1)
  )?.slice(0, 400)
}

/** Which host a line of `vagrant up` says is ready. Pure. */
export const readyHost = (line: string): string | undefined =>
  /^==> (\S+): Machine booted and ready!/.exec(line)?.[1]
