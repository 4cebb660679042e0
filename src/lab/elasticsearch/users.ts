// The native users of the lab's cluster and what each may do. `ops` has the least that its runbooks need.
import type { LabPaths, LabUser } from '../paths.ts'
import { readPassword } from '../secrets.ts'
import { readContent, sourcePatterns } from './content.ts'
import type { Connection } from './http.ts'

/**
 * What a rolling restart asks of the cluster, the same role that `deploy` makes on hosts. It may flush and count the security
 * index, and not change its settings: the server refuses another delay for it, whoever asks ("Cannot override settings on
 * system indices"), and with that privilege a change of `_all` would fail as a whole instead of leaving it out.
 */
const runnerRole = readContent('roles/ops_runner.json')

/** What snapshots, restores and their proof ask for besides. */
const snapshotsRole = readContent('roles/ops_snapshots.json')

/** What the rotation of users, API keys and service tokens asks for besides. */
const secretsRole = readContent('roles/ops_secrets.json')

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
  const user = (name: LabUser, ...roles: string[]) =>
    ask('PUT', `/_security/user/${name}`, { password: readPassword(paths, name), roles })
  await ask('PUT', '/_security/role/ops_runner', runnerRole) // the first one makes the security index
  await Promise.all([
    ask('PUT', '/_security/role/ops_loader', loaderRole),
    ask('PUT', '/_security/role/ops_snapshots', snapshotsRole),
    ask('PUT', '/_security/role/ops_secrets', secretsRole),
    user('ops', 'ops_runner', 'ops_snapshots', 'ops_secrets'),
    user('loader', 'ops_loader'),
  ])
}
