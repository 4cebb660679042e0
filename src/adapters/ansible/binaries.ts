// Where Ansible is: the checkout's own environment, else the PATH.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { OpsError } from '../../errors/index.ts'

export type Tool = 'ansible' | 'ansible-inventory' | 'ansible-playbook'

/** Absolute path of one of Ansible's programs. */
export async function findTool(tool: Tool, binDir: string): Promise<string> {
  const folders = [binDir, ...(process.env.PATH ?? '').split(delimiter)].filter(folder => folder !== '')
  for (const folder of folders) {
    const file = join(folder, tool)
    const usable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (usable) return file
  }
  throw new OpsError('ANSIBLE_MISSING', {
    message: `${tool} is neither in ${binDir} nor on the PATH`,
    hint: 'sh demo/setup.sh installs it',
  })
}
