// The least that the Elasticsearch user of ops needs, as the body of `PUT _security/role/NAME`. It must never grow a
// privilege that no request of this folder uses.

export const opsRole = {
  cluster: [
    'monitor',
    'monitor_snapshot',
    'read_ilm',
    'read_slm',
    'cluster:admin/settings/update',
    'cluster:admin/shutdown/*',
  ],
  indices: [
    {
      names: ['*'],
      privileges: ['monitor', 'view_index_metadata', 'maintenance', 'indices:admin/settings/update'],
      allow_restricted_indices: true,
    },
    { names: ['ops-canary'], privileges: ['create_index', 'delete_index', 'index', 'delete', 'read'] },
  ],
} as const
