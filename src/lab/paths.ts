// Where everything of the lab lives. The lab may write nowhere else, so that taking it down can leave nothing behind.
import { join } from 'node:path'

/** The parts of $STATE/lab, which belongs to whoever runs `ops`. */
export interface LabPaths {
  readonly root: string
  readonly state: string
  readonly inventory: string
  readonly faults: string
  readonly lock: string
  readonly ca: string
  readonly caFile: string
  readonly caKey: string
  readonly secrets: string
  readonly run: string
  readonly ledger: string
}

export function labPaths(stateDir: string): LabPaths {
  const root = join(stateDir, 'lab')
  return {
    root,
    state: join(root, 'lab.json'),
    inventory: join(root, 'inventory.json'),
    faults: join(root, 'faults.json'),
    lock: join(root, 'lock'),
    ca: join(root, 'ca'),
    caFile: join(root, 'ca', 'ca.crt'),
    caKey: join(root, 'ca', 'ca.key'),
    secrets: join(root, 'secrets'),
    run: join(root, 'run'),
    ledger: join(root, 'ledger'),
  }
}

/** Another authority, which no node of the lab trusts. */
export const foreignAuthority = (paths: LabPaths): LabPaths => {
  const ca = join(paths.root, 'foreign-ca')
  return { ...paths, ca, caFile: join(ca, 'ca.crt'), caKey: join(ca, 'ca.key') }
}

/** `guest` is known to Kafka alone, and may do nothing. */
export type LabUser = 'elastic' | 'ops' | 'loader' | 'guest'

/** A 0600 file that holds one password and nothing else. */
export const passwordFile = (paths: LabPaths, user: LabUser | 'store'): string =>
  join(paths.secrets, `${user}.password`)

/** Keys of the store, each in a 0600 file of its own. */
export type LabSecret = 'offsiteAccessKey' | 'offsiteSecretKey'

export const secretFile = (paths: LabPaths, name: LabSecret): string => join(paths.secrets, `${name}.key`)

/** The directories of one node, which belong to the user that the node runs as. */
export interface NodePaths {
  readonly root: string
  readonly config: string
  readonly data: string
  readonly logs: string
  readonly tmp: string
  /** What the node printed, over all its starts. */
  readonly output: string
}

export function nodePaths(nodesRoot: string, name: string): NodePaths {
  const root = join(nodesRoot, name)
  const logs = join(root, 'logs')
  return {
    root,
    logs,
    config: join(root, 'config'),
    data: join(root, 'data'),
    tmp: join(root, 'tmp'),
    output: join(logs, 'output.log'),
  }
}

export const backupDir = (nodesRoot: string): string => join(nodesRoot, 'backup')
