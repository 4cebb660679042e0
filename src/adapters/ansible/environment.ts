// The environment that Ansible gets: an allow-list of ours, so that no secret of the caller's environment travels
// along, and the settings that differ from run to run. All else is in ansible.cfg.
import { delimiter, dirname, join } from 'node:path'

const allowed = ['HOME', 'LOGNAME', 'USER', 'SSH_AUTH_SOCK', 'TZ', 'XDG_RUNTIME_DIR', 'XDG_STATE_HOME']

export interface EnvironmentFields {
  readonly checkout: string
  /** Becomes OPS_STATE, which the embedded inventory reads. */
  readonly stateDir: string
  /** Folder for Ansible's own temporary files. */
  readonly home: string
  /** The program that is started; its folder comes first on the PATH. */
  readonly tool: string
}

export function createEnvironment({
  checkout,
  stateDir,
  home,
  tool,
}: EnvironmentFields): Record<string, string> {
  const kept = allowed.flatMap(name => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  return {
    ...Object.fromEntries(kept),
    PATH: [dirname(tool), process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter),
    // Ansible refuses to start without a UTF-8 locale.
    LC_ALL: 'C.UTF-8',
    OPS_STATE: stateDir,
    ANSIBLE_CONFIG: join(checkout, 'ansible.cfg'),
    ANSIBLE_ROLES_PATH: join(checkout, 'roles'),
    ANSIBLE_HOME: home,
    ANSIBLE_LOCAL_TEMP: join(home, 'tmp'),
    ANSIBLE_NOCOLOR: '1',
  }
}
