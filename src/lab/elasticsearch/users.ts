// The native users of the lab's cluster and what each may do. `ops` has the least that a rolling restart needs.
import type { LabPaths, LabUser } from '../paths.ts'
import { readPassword } from '../secrets.ts'
import { sourcePatterns } from './content.ts'
import type { Connection } from './http.ts'

/** What a rolling restart asks of the cluster; wider privileges such as `manage` are not needed. */
export const runnerRole = {
  cluster: [
    'monitor', // health, nodes, cluster state, allocation explain, pending tasks
    'monitor_snapshot', // is a snapshot running
    'read_ilm',
    'read_slm',
    'cluster:admin/settings/update', // allocation, delays
    'cluster:admin/reroute', // try failed allocations again
    'cluster:admin/shutdown/*', // node shutdown records, where the cluster has them
  ],
  indices: [
    // The security index too: it is flushed before a restart and counted after it.
    {
      names: ['*'],
      privileges: ['monitor', 'view_index_metadata', 'maintenance'],
      allow_restricted_indices: true,
    },
    // Not the security index: the server refuses another delay for it, whoever asks ("Cannot override settings on system
    // indices"), and with this privilege on it a change of `_all` would fail as a whole instead of leaving it out.
    { names: ['*'], privileges: ['indices:admin/settings/update'] },
    { names: ['ops-canary*'], privileges: ['create_index', 'delete_index', 'read', 'write'] },
  ],
}

const loaderRole = {
  cluster: ['monitor'],
  indices: [
    {
      names: [...sourcePatterns, 'load-*'],
      privileges: ['auto_configure', 'create_doc', 'read', 'maintenance', 'monitor'],
    },
  ],
}

export async function makeUsers({ ask }: Connection, paths: LabPaths): Promise<void> {
  const user = (name: LabUser, role: string) =>
    ask('PUT', `/_security/user/${name}`, { password: readPassword(paths, name), roles: [role] })
  await ask('PUT', '/_security/role/ops_runner', runnerRole) // the first one makes the security index
  await Promise.all([
    ask('PUT', '/_security/role/ops_loader', loaderRole),
    user('ops', 'ops_runner'),
    user('loader', 'ops_loader'),
  ])
}
