// A lab of hosts that exists on paper: its files are real, its hosts are not.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostsPaths } from '../../../../src/lab/hosts/paths.ts'
import type { HostsLab, Provider } from '../../../../src/lab/hosts/state.ts'
import { chooseHosts, readTable } from '../../../../src/lab/hosts/table.ts'

export function makeHosts(
  stateDir: string,
  words: readonly string[],
  provider: Provider = 'docker',
): HostsLab {
  const hosts = chooseHosts(readTable(), words).map(host => ({ ...host, groups: [...host.groups] }))
  const machine = { kernel: {}, routed: false }
  const createdAt = '2025-01-01T00:00:00.000Z'
  const paths = hostsPaths(stateDir)
  mkdirSync(paths.root, { recursive: true })
  const network = 'vagrant_network_192.168.56.0/24'
  return { paths, state: { provider, createdAt, hosts, machine, network, dockerHost: 'unix:///nowhere' } }
}

/** A tool that writes down how it was called and answers from files: NAME.answers/FIRST_ARGUMENT. */
export function makeTool(
  directory: string,
  name: string,
  answers: Readonly<Record<string, string>>,
): () => readonly string[] {
  const calls = join(directory, `${name}.calls`)
  const folder = join(directory, `${name}.answers`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(calls, '')
  for (const [first, answer] of Object.entries(answers)) writeFileSync(join(folder, first), answer)
  const tool = join(directory, name)
  writeFileSync(tool, `#!/bin/sh\necho "$*" >>'${calls}'\ncat "${folder}/$1" 2>/dev/null || true\n`)
  chmodSync(tool, 0o755)
  return () =>
    readFileSync(calls, 'utf8')
      .trim()
      .split('\n')
      .filter(line => line !== '')
}

/** Has the tools of a directory found first, until disposed of. */
export function withTools(directory: string): Disposable {
  const { PATH } = process.env
  process.env.PATH = `${directory}:${PATH}`
  return {
    [Symbol.dispose]: () => {
      process.env.PATH = PATH
    },
  }
}

export interface FakeContainer {
  readonly name: string
  readonly running?: boolean
  readonly paused?: boolean
  readonly connected?: boolean
}

/** What `docker inspect` says of containers. */
export const inspectionOf = (containers: readonly FakeContainer[]): string =>
  JSON.stringify(
    containers.map(({ name, running = true, paused = false, connected = true }) => ({
      Id: `id-${name}`,
      Name: `/${name}`,
      State: { Status: '', Running: running, Paused: paused, Pid: running ? 7 : 0, StartedAt: '2025' },
      NetworkSettings: {
        Networks: {
          bridge: { IPAddress: '' },
          ...(connected ? { 'vagrant_network_192.168.56.0/24': { IPAddress: '' } } : {}),
        },
      },
    })),
  )
