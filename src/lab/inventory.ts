// The lab as an Ansible inventory, in the format of `ansible-inventory --list`. It names files of secrets, never a secret.
import { resolve } from 'node:path'
import { clusterName, groupNames, httpPort } from './layout.ts'
import { passwordFile } from './paths.ts'
import { type Lab, writeAtomically } from './state.ts'

const opsCommand = resolve(import.meta.dirname, '../../ops')

export function renderInventory({ nodes, paths }: Lab, stateDir: string, clusterUuid: string): object {
  const group = (name: string) => ({
    hosts: nodes.filter(node => node.groups.includes(name)).map(node => node.name),
  })
  return {
    _meta: { hostvars: Object.fromEntries(nodes.map(node => [node.name, { ansible_host: node.address }])) },
    all: {
      children: ['elasticsearch'],
      vars: {
        ansible_connection: 'local',
        service_manager: 'lab',
        ops_lab_service: [opsCommand, '--state', stateDir, 'lab', 'service'],
        es_cluster_name: clusterName,
        es_cluster_uuid: clusterUuid,
        es_http_port: httpPort,
        es_http_scheme: 'https',
        es_ca_file: paths.caFile,
        es_username: 'ops',
        es_password_file: passwordFile(paths, 'ops'),
        ops_drill: true,
      },
    },
    elasticsearch: { children: [...groupNames] },
    ...Object.fromEntries(groupNames.map(name => [name, group(name)])),
  }
}

export function writeInventory(lab: Lab, stateDir: string, clusterUuid: string): void {
  const inventory = renderInventory(lab, stateDir, clusterUuid)
  writeAtomically(lab.paths.inventory, `${JSON.stringify(inventory, null, 2)}\n`)
}
