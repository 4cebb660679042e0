// The cluster that a load writes to: of the embedded lab or of the lab of hosts, whichever the state directory has. Nothing
// else of a load may know that there are two.
import { join } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import { findHosts } from '../hosts/state.ts'
import type { LabNode } from '../layout.ts'
import { labPaths } from '../paths.ts'
import { type Lab, requireLab } from '../state.ts'

export type LoadTarget = Pick<Lab, 'nodes' | 'paths'>

/** @throws OpsError LAB_NOT_UP */
export function requireTarget(stateDir: string): LoadTarget {
  const hosts = findHosts(stateDir)
  if (!hosts) return requireElasticsearch(requireLab(stateDir))
  const { ca, secrets } = hosts.paths
  return {
    paths: { ...labPaths(stateDir), ca, caFile: join(ca, 'ca.crt'), secrets },
    nodes: hosts.state.hosts.filter(({ groups }) => groups.includes('elasticsearch')).map(toNode),
  }
}

function requireElasticsearch(lab: Lab): Lab {
  if (lab.state.services.includes('elasticsearch')) return lab
  throw new OpsError('LAB_NOT_UP', {
    message: 'the lab has no Elasticsearch',
    hint: 'ops lab load --kafka, or ops lab up --only elasticsearch --layout small',
  })
}

/** A load asks of a node where it is and whether it only coordinates. */
const toNode = ({ name, groups, address }: { name: string; groups: string[]; address: string }): LabNode => ({
  name,
  service: 'elasticsearch',
  groups,
  address,
  roles: groups.includes('es_coord') ? [] : ['data'],
  heapMiB: 0,
})
