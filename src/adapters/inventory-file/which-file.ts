// Which file of an inventory holds the hosts that `ops` adds and removes. A script that prints hosts is never written to.
import { constants } from 'node:fs'
import { access, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import type { Inventory } from '../../ports/ansible.ts'

const variable = 'ops_inventory_file'
const usualNames = ['hosts.yml', 'hosts.yaml', 'hosts.json']

/** The one that the variable names, else the inventory itself, else the usual file in its folder. @throws OpsError INVENTORY_INVALID */
export async function findInventoryFile({ source, hosts }: Inventory, checkout: string): Promise<string> {
  const named = hosts
    .map(({ vars }) => vars[variable])
    .find(value => typeof value === 'string' && value !== '')
  if (typeof named === 'string') return refuseUnusable(resolve(checkout, named), `${variable} names`)
  const path = resolve(source)
  const isFolder = await stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
  if (!isFolder) return refuseUnusable(path, 'the inventory is')
  for (const name of usualNames) {
    const file = join(path, name)
    if (await isThere(file)) return refuseUnusable(file, 'the inventory has')
  }
  return refuse(`the inventory ${source} has no ${usualNames[0]} that ops could write hosts to`)
}

async function refuseUnusable(file: string, says: string): Promise<string> {
  if (!(await isThere(file))) return refuse(`${says} ${file}, and there is no such file`)
  const begin = await readFile(file, 'utf8')
  const isScript = begin.startsWith('#!') && (await canRun(file))
  return isScript ? refuse(`${says} ${file}, a program that prints hosts: ops cannot write to it`) : file
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    found => found.isFile(),
    () => false,
  )

const canRun = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  )

function refuse(message: string): never {
  throw new OpsError('INVENTORY_INVALID', {
    message,
    hint: `give the inventory a variable ${variable}: a YAML or JSON file that holds its hosts`,
  })
}
