// A checkout of its own, for `ops` reads what it may do from the one that it is started from.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const checkout = resolve(import.meta.dirname, '../../..')
const copied = ['ops', 'package.json', 'ansible.cfg', 'inventory', 'playbooks', 'roles', 'runbooks', 'src']

/** @returns its command `ops` */
export function makeCheckout(folder: string, config: object): string {
  mkdirSync(folder, { recursive: true })
  for (const name of copied) cpSync(join(checkout, name), join(folder, name), { recursive: true })
  for (const name of ['node_modules', '.venv']) symlinkSync(join(checkout, name), join(folder, name))
  writeFileSync(join(folder, 'ops.config.ts'), `export default ${JSON.stringify(config)}\n`)
  return join(folder, 'ops')
}
