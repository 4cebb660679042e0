// Runs something as root on one host of the lab: straight into a container, past the network, or by ssh into a machine. For
// the lab's own looks and faults only; the platform is run by Ansible.
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import { tellingLine } from '../logs.ts'
import { dockerOf } from './docker.ts'
import { toolEnvironment } from './docker-client.ts'
import { type HostsLab, requireHost } from './state.ts'

export interface OnHost {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** A host that does not answer in time gives no exit code. */
export async function tryOnHost(
  lab: HostsLab,
  name: string,
  script: string,
  args: readonly string[] = [],
  timeoutMs = 15_000,
): Promise<OnHost> {
  const [file = '', ...given] = commandOn(lab, name, ['sh', '-c', script, 'sh', ...args])
  const env = toolEnvironment({ DOCKER_HOST: dockerOf(lab).host })
  const options = {
    env,
    extendEnv: false,
    cwd: '/',
    stdin: 'ignore',
    timeout: timeoutMs,
    reject: false,
  } as const
  const { exitCode, stdout, stderr } = await execa(file, given, options)
  return { exitCode, stdout, stderr }
}

/** @throws OpsError LAB_FAILED with what the host said */
export async function runOnHost(...request: Parameters<typeof tryOnHost>): Promise<string> {
  const [, name] = request
  const { exitCode, stdout, stderr } = await tryOnHost(...request)
  if (exitCode === 0) return stdout
  throw new OpsError('LAB_FAILED', {
    message: `${name} could not do it: ${tellingLine(stderr || stdout)}`,
    hint: 'ops lab status says how the host is',
  })
}

/** Pure. */
export function commandOn(lab: HostsLab, name: string, command: readonly string[]): readonly string[] {
  const { state, paths } = lab
  if (state.provider === 'docker') return ['docker', 'exec', name, ...command]
  const options = [
    `UserKnownHostsFile="${paths.knownHosts}"`,
    'StrictHostKeyChecking=yes',
    'BatchMode=yes',
    'ConnectTimeout=5',
  ]
  const target = `vagrant@${requireHost(lab, name).address}`
  const quoted = command.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  return ['ssh', '-i', paths.key, ...options.flatMap(option => ['-o', option]), target, `sudo ${quoted}`]
}
