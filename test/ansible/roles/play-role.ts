// Plays one role on local hosts through the real driver. Everything that it makes is in a temporary directory of the test.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createAnsible } from '../../../src/adapters/ansible/index.ts'
import type { HostOutcome } from '../../../src/ports/ansible.ts'
import type { Json, JsonObject } from '../../../src/ports/json.ts'

export const checkout = resolve(import.meta.dirname, '../../..')

export interface Played {
  readonly outcomes: ReadonlyMap<string, HostOutcome>
  readonly results: ReadonlyMap<string, Json>
  readonly diffs: readonly { readonly host: string; readonly task: string; readonly diff: string }[]
}

export interface RoleTest {
  readonly folder: string
  play(
    role: string,
    vars?: JsonObject,
    more?: { readonly check?: boolean; readonly hosts?: readonly string[] },
  ): Promise<Played>
  close(): Promise<void>
}

/** Hosts of this machine, by group. */
export function localInventory(
  groups: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>,
  vars: JsonObject = {},
): object {
  return {
    all: {
      vars: {
        ansible_connection: 'local',
        ansible_python_interpreter: '{{ ansible_playbook_python }}',
        ...vars,
      },
      children: Object.fromEntries(Object.entries(groups).map(([name, hosts]) => [name, { hosts }])),
    },
  }
}

export async function openRoleTest(inventory: object): Promise<RoleTest> {
  const folder = await mkdtemp(join(tmpdir(), 'ops-role-test-'))
  const source = join(folder, 'hosts.yml')
  await writeFile(source, JSON.stringify(inventory))
  const ansible = createAnsible({
    checkout,
    inventory: source,
    playbooks: join(import.meta.dirname, 'playbooks'),
    stateDir: folder,
    run: `role-test-${process.pid}-${folder.slice(-6)}`,
    runDir: join(folder, 'run'),
    redact: text => text,
  })
  return {
    folder,
    async play(role, vars = {}, more = {}) {
      const hosts = more.hosts ?? (await ansible.inventory()).hosts.map(host => host.name)
      return ansible.play({
        playbook: 'role.yml',
        hosts,
        vars: { test_role: role, ...vars },
        stallMs: 60_000,
        check: more.check ?? false,
      })
    },
    async close() {
      await ansible.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What a host was refused for; empty where it was not. */
export function refusalOf({ outcomes }: Played, host: string): string {
  const outcome = outcomes.get(host)
  return outcome?.state === 'failed' ? outcome.message : ''
}
