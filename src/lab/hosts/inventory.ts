// What only this lab knows, for `inventory/lab/state`: paths of keys, of files of secrets and of archives. It names such
// files and holds no secret; hosts and addresses are in inventory/lab/hosts.yml.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from '../state.ts'
import type { Archive } from './archives.ts'
import { passwordFile } from './paths.ts'
import type { HostsLab, HostsState } from './state.ts'
import type { LabHost } from './table.ts'

/** `table`: the hosts of inventory/lab/hosts.yml. */
export function renderHostsInventory(
  { state, paths }: HostsLab,
  archives: readonly Archive[],
  table: readonly Pick<LabHost, 'name'>[],
): object {
  const ofArchives = archives.flatMap(({ product, version, file, checksum }) => [
    [`${product}_version`, version],
    [`${product}_archive`, file],
    [`${product}_archive_checksum`, checksum],
  ])
  return {
    _meta: { hostvars: {} },
    all: {
      vars: {
        ansible_ssh_private_key_file: paths.key,
        // Quoted as ssh wants it; a host that shows another key than the lab's own is refused.
        ansible_ssh_common_args: `-o UserKnownHostsFile="${paths.knownHosts}" -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -o PreferredAuthentications=publickey`,
        tls_ca_dir: paths.ca,
        es_ca_file: join(paths.ca, 'ca.crt'),
        es_username: 'ops',
        es_password_file: passwordFile(paths, 'ops'),
        es_elastic_password_file: passwordFile(paths, 'elastic'),
        es_loader_password_file: passwordFile(paths, 'loader'),
        vault_init_file: join(paths.secrets, 'vault-init.json'),
        vault_ca_file: join(paths.ca, 'ca.crt'),
        vault_role_id_file: join(paths.secrets, 'vault-ops.role_id'),
        vault_secret_id_file: join(paths.secrets, 'vault-ops.secret_id'),
        ...(state.provider === 'docker' ? containerVars(readOpenFiles()) : machineVars),
        ...Object.fromEntries(ofArchives),
      },
    },
    lab_up: listHosts(state, table),
  }
}

/** What a container takes from the machine as it is. Pure. */
export function containerVars(openFiles: number): Readonly<Record<string, string | number>> {
  return {
    // The clock is the machine's.
    base_time_service: '',
    // Where the machine gives fewer, no host can have more; image/nofile.c says what the lab does about it.
    ...(openFiles < neededOpenFiles ? { preflight_open_files: openFiles } : {}),
  }
}

/** Virtual machines share no directory, and a snapshot repository needs one. */
const machineVars = { elasticsearch_content_repo_dir: '' }

const neededOpenFiles = 65_535

/** The hard limit, which the containers inherit. */
function readOpenFiles(): number {
  const [, limit = ''] =
    /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit)
}

export function writeHostsInventory(
  lab: HostsLab,
  archives: readonly Archive[],
  table: readonly LabHost[],
): void {
  const inventory = renderHostsInventory(lab, archives, table)
  writeAtomically(lab.paths.inventory, `${JSON.stringify(inventory, null, 2)}\n`)
}

/** Writes anew which hosts there are; all else stays as `lab up` wrote it. */
export function relistHosts({ state, paths }: HostsLab, table: readonly LabHost[]): void {
  if (!existsSync(paths.inventory)) return
  const inventory = { ...JSON.parse(readFileSync(paths.inventory, 'utf8')), lab_up: listHosts(state, table) }
  writeAtomically(paths.inventory, `${JSON.stringify(inventory, null, 2)}\n`)
}

/**
 * The hosts that this lab has; the table names all that it could have. One that the table lacks came later: it gets its entry from a
 * runbook, which would find it here already.
 */
function listHosts({ hosts }: HostsState, table: readonly Pick<LabHost, 'name'>[]) {
  const listed = new Set(table.map(({ name }) => name))
  return { hosts: hosts.map(({ name }) => name).filter(name => listed.has(name)) }
}
