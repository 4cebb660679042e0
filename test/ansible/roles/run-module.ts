// Runs one module of a role by itself, with the module_utils that it may import, as Ansible would run it on a host.
import { resolve } from 'node:path'
import { execa } from 'execa'
import type { Json, JsonObject } from '../../../src/ports/json.ts'

const checkout = resolve(import.meta.dirname, '../../..')
const python = resolve(checkout, '.venv/bin/python')

const start = `
import runpy, sys
import ansible.module_utils
from ansible.module_utils import basic
ansible.module_utils.__path__.extend(sys.argv[2:])
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = 'legacy'
sys.dont_write_bytecode = True
runpy.run_path(sys.argv[1], run_name='__main__')
`

/** What the module handed back; `failed` and `msg` where it refused. */
export async function runModule(
  role: string,
  name: string,
  args: JsonObject,
  { check = false } = {},
): Promise<Record<string, Json>> {
  const folder = resolve(checkout, 'roles', role)
  const given = {
    ANSIBLE_MODULE_ARGS: {
      ...args,
      _ansible_check_mode: check,
      _ansible_diff: true,
      _ansible_remote_tmp: '/tmp',
    },
  }
  const utils = [resolve(folder, 'module_utils'), resolve(checkout, 'playbooks/module_utils')]
  const ran = await execa(python, ['-c', start, resolve(folder, 'library', `${name}.py`), ...utils], {
    input: JSON.stringify(given),
    reject: false,
  })
  const line = ran.stdout.split('\n').findLast(text => text.startsWith('{'))
  if (line === undefined) throw new Error(`${name} said no result: ${ran.stderr}`)
  return JSON.parse(line)
}
