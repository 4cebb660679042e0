// The tools that the lab takes from the machine, and what installs each. A missing one is said before anything is done.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { OpsError } from '../../errors/index.ts'

/** Tool to the Debian package that brings it. */
const packages = {
  java: 'openjdk-17-jdk-headless',
  javac: 'openjdk-17-jdk-headless',
  jar: 'openjdk-17-jdk-headless',
  keytool: 'openjdk-17-jdk-headless',
  mvn: 'maven',
  openssl: 'openssl',
  setpriv: 'util-linux',
  sha256sum: 'coreutils',
  bash: 'bash',
  tar: 'tar',
  mount: 'mount',
  umount: 'mount',
} as const
export type Tool = keyof typeof packages

export function requireTools(tools: readonly Tool[], path = process.env.PATH ?? ''): void {
  const missing = tools.filter(tool => !isThere(tool, path))
  if (missing.length === 0) return
  const names = [...new Set(missing.map(tool => packages[tool]))]
  throw new OpsError('TOOL_MISSING', {
    message: `not installed: ${missing.join(', ')}`,
    hint: `apt-get install ${names.join(' ')}`,
  })
}

function isThere(tool: string, path: string): boolean {
  return path
    .split(delimiter)
    .filter(directory => directory !== '')
    .some(directory => {
      try {
        accessSync(join(directory, tool), constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
