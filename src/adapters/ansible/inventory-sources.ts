// What an inventory is made of, as one hash: the bytes of every file, and of executable scripts what they print. As
// long as the hash is the same, Ansible need not be asked again.
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'

/** Folders that hold variables, never hosts. */
const varFolders = ['group_vars', 'host_vars']

export interface HashFields {
  readonly path: string
  /** For the scripts of the inventory. */
  readonly env: Readonly<Record<string, string>>
  /** Further files that decide what Ansible makes of it, such as ansible.cfg. */
  readonly also: readonly string[]
}

/**
 * SHA-256 over everything the inventory is made of.
 * @throws OpsError INVENTORY_MISSING, INVENTORY_INVALID (a script failed; the message is its own)
 */
export async function hashSources({ path, env, also }: HashFields): Promise<string> {
  const found = await stat(path).catch(() => null)
  if (found === null) {
    throw new OpsError('INVENTORY_MISSING', {
      message: `there is no inventory at ${path}`,
      hint: 'give one with -i PATH; inventory/embedded is the lab on this machine',
    })
  }
  const files = found.isDirectory()
    ? await listFiles(path)
    : [path, ...(await Promise.all(varFolders.map(name => listFiles(join(dirname(path), name))))).flat()]
  if (files.length === 0) {
    throw new OpsError('INVENTORY_INVALID', { message: `the inventory folder ${path} is empty` })
  }
  const hash = createHash('sha256')
  for (const file of [...files, ...also]) {
    const content = await readSource(file, path, env)
    hash.update(`${relative(path, file)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}

async function readSource(
  file: string,
  inventory: string,
  env: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const content = await readFile(file).catch(() => Buffer.alloc(0))
  const holdsVars = relative(dirname(inventory), file)
    .split('/')
    .some(part => varFolders.includes(part))
  if (holdsVars || !content.subarray(0, 2).equals(Buffer.from('#!')) || !(await isExecutable(file)))
    return content
  const ran = await execa(file, ['--list'], {
    env,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  })
  if (ran.exitCode !== 0) {
    const said = ran.stderr.trim().split('\n').at(-1)
    throw new OpsError('INVENTORY_INVALID', {
      message:
        said || `the inventory script ${basename(file)} failed (exit status ${ran.exitCode ?? 'none'})`,
      hint: `${file} --list shows what it prints`,
    })
  }
  return Buffer.concat([content, Buffer.from(ran.stdout)])
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
