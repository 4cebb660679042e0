// Where everything of the lab of hosts lives: under $STATE/lab/hosts and nowhere else, so that taking it down can leave
// nothing behind. Built images and archives are kept in the cache, which outlives every lab.
import { createHash } from 'node:crypto'
import { join } from 'node:path'

export interface HostsPaths {
  readonly root: string
  /** What the lab is: written before the first thing that it describes is made. */
  readonly state: string
  /** What `inventory/lab/state` prints. */
  readonly inventory: string
  readonly faults: string
  readonly lock: string
  /** Private ssh key of the lab; its public half is beside it. */
  readonly key: string
  readonly knownHosts: string
  readonly archives: string
  readonly ca: string
  readonly secrets: string
  /** What every host gets at its boot: host key, authorized key, names. Mounted read-only as /opt/lab. */
  readonly files: string
  /** The directory that the nodes of Elasticsearch share for snapshots; it belongs to their user. */
  readonly backups: string
  /** Docker's own: socket, images, logs. */
  readonly docker: string
  readonly vagrant: string
}

export function hostsPaths(stateDir: string): HostsPaths {
  const root = join(stateDir, 'lab', 'hosts')
  return {
    root,
    state: join(root, 'hosts.json'),
    inventory: join(root, 'inventory.json'),
    faults: join(root, 'faults.json'),
    // Beside the directory, which `lab down` removes while it holds the lock.
    lock: join(stateDir, 'lab', 'hosts.lock'),
    key: join(root, 'key'),
    knownHosts: join(root, 'known_hosts'),
    archives: join(root, 'archives'),
    ca: join(root, 'ca'),
    secrets: join(root, 'secrets'),
    files: join(root, 'files'),
    backups: join(root, 'backups'),
    docker: join(root, 'docker'),
    vagrant: join(root, 'vagrant'),
  }
}

export type HostsUser = 'elastic' | 'ops' | 'loader'

/** A 0600 file that holds one password and nothing else. */
export const passwordFile = (paths: HostsPaths, user: HostsUser): string =>
  join(paths.secrets, `${user}.password`)

/** What marks the containers of this lab among others of the same Docker. */
export const labId = (paths: HostsPaths): string =>
  createHash('sha256').update(paths.root).digest('hex').slice(0, 12)
