// One way to talk to Docker: its own client, with the least environment and a limit on every wait. It never starts one.
import { homedir } from 'node:os'
import { execa, type Options } from 'execa'
import { OpsError } from '../../errors/index.ts'
import { tellingLine } from '../logs.ts'
import { bareEnvironment } from '../process/user.ts'

export interface Docker {
  /** DOCKER_HOST, or none for the machine's own. */
  readonly host: string | undefined
  /** stdout of a docker command. @throws OpsError LAB_FAILED with what it said */
  ask(args: readonly string[], options?: DockerOptions): Promise<string>
}

export interface DockerOptions {
  readonly timeoutMs?: number
  readonly input?: string
}

/** The least environment plus the folders where Debian keeps what root alone needs. */
export function toolEnvironment(extra: Readonly<Record<string, string | undefined>> = {}) {
  const { PATH, ...bare } = bareEnvironment()
  const given = Object.entries(extra).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return {
    ...bare,
    PATH: `${PATH}:/usr/sbin:/sbin`,
    HOME: homedir(),
    ...(Object.fromEntries(given) as Record<string, string>),
  }
}

export function dockerAt(host: string | undefined): Docker {
  const env = toolEnvironment({ DOCKER_HOST: host })
  return {
    host,
    ask: async (args, { timeoutMs = 120_000, input = '' } = {}) => {
      const options = { env, extendEnv: false, cwd: '/', input, timeout: timeoutMs, reject: false } as const
      const ran = await execa('docker', args, options satisfies Options)
      if (!ran.failed) return ran.stdout
      const said = ran.stderr.trim() ? tellingLine(ran.stderr) : ran.shortMessage
      throw new OpsError('LAB_FAILED', {
        message: `docker ${args[0]} failed: ${said}`,
        hint: 'ops lab status; if it stays so: ops lab down, then ops lab up --hosts vagrant',
      })
    },
  }
}

/** Version of the Docker that answers, or nothing. */
export async function dockerVersion(docker: Docker): Promise<string | undefined> {
  try {
    return (await docker.ask(['version', '--format', '{{.Server.Version}}'], { timeoutMs: 10_000 })).trim()
  } catch {
    return undefined
  }
}
