// Runs `./ops` as a script would: no terminal, a state directory of its own, nothing inherited that changes it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'

export interface Captured {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface OpsOptions {
  readonly env?: Readonly<Record<string, string>>
  /** The checkout whose `ops` is started; this one by default. */
  readonly checkout?: string
  /** More where it talks to real servers. */
  readonly timeoutMs?: number
}

const here = resolve(import.meta.dirname, '../../..')

/** Calls are made in one folder that `end` removes. */
export function opsCalls() {
  const folder = mkdtempSync(join(tmpdir(), 'ops-cli-'))
  const state = join(folder, 'state')
  return {
    folder,
    state,
    end: () => rmSync(folder, { recursive: true, force: true }),
    write(name: string, content: string, mode = 0o600): string {
      const path = join(folder, name)
      writeFileSync(path, content, { mode })
      return path
    },
    async ops(
      args: readonly string[],
      { env = {}, checkout = here, timeoutMs = 50_000 }: OpsOptions = {},
    ): Promise<Captured> {
      const ran = await execa(join(checkout, 'ops'), args, {
        cwd: folder,
        env: { PATH: process.env.PATH ?? '', HOME: folder, OPS_STATE: state, ...env },
        extendEnv: false,
        stdin: 'ignore',
        reject: false,
        timeout: timeoutMs,
      })
      return { status: ran.exitCode ?? -1, stdout: ran.stdout, stderr: ran.stderr }
    },
  }
}

/** An inventory of one node whose port is closed. */
export const inventoryText = (vars: Readonly<Record<string, string | number>>): string =>
  JSON.stringify({
    all: {
      children: {
        elasticsearch: {
          hosts: { 'es-data01': { ansible_host: '127.0.0.1', ansible_connection: 'local' } },
          vars: { es_username: 'ops', es_http_port: 1, es_cluster_name: 'prod', ...vars },
        },
      },
    },
  })
