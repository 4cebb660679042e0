// The tools that the lab of hosts takes from the machine, and the one line that installs what is missing.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { OpsError } from '../../errors/index.ts'

/** Tool to the Debian packages that bring it. */
const packages = {
  docker: 'docker.io',
  dockerd: 'docker.io',
  iptables: 'iptables',
  ip: 'iproute2',
  vagrant: 'vagrant',
  mmdebstrap: 'mmdebstrap',
  gcc: 'gcc libc6-dev',
  'ssh-keygen': 'openssh-client',
  'ssh-keyscan': 'openssh-client',
  ssh: 'openssh-client',
  openssl: 'openssl',
  tar: 'tar',
  gzip: 'gzip',
  VBoxManage: 'virtualbox',
  virsh: 'libvirt-daemon-system vagrant-libvirt',
} as const
export type HostsTool = keyof typeof packages

// Debian keeps dockerd, iptables and ip where only root looks.
const searchPath = (): string => `${process.env.PATH ?? ''}:/usr/sbin:/sbin`

export function missingTools(tools: readonly HostsTool[], path = searchPath()): readonly HostsTool[] {
  return tools.filter(tool => findTool(tool, path) === undefined)
}

export function requireHostsTools(tools: readonly HostsTool[], path = searchPath()): void {
  const missing = missingTools(tools, path)
  if (missing.length > 0) throw explainMissing(missing)
}

export function explainMissing(missing: readonly HostsTool[]): OpsError {
  const names = [...new Set(missing.flatMap(tool => packages[tool].split(' ')))]
  return new OpsError('TOOL_MISSING', {
    message: `not installed: ${missing.join(', ')}`,
    hint: `apt-get install -y --no-install-recommends ${names.join(' ')}`,
  })
}

export function findTool(tool: HostsTool, path = searchPath()): string | undefined {
  return path
    .split(delimiter)
    .filter(directory => directory !== '')
    .map(directory => join(directory, tool))
    .find(file => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
