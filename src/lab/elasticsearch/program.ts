// How a node of Elasticsearch is started.
import { join } from 'node:path'
import { type LabNode, nodesFor } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import type { Program } from '../process/program.ts'
import type { Lab } from '../state.ts'
import { firstElection } from './settings.ts'

export function elasticsearchProgram({ state, nodes }: Lab, { name }: LabNode): Program {
  const { root, config, tmp } = nodePaths(state.nodesRoot, name)
  // A home of our own has this in its prepared start already.
  const settings = state.official && !state.formed ? [firstElection(nodesFor(nodes, 'elasticsearch'))] : []
  return {
    command: [join(state.home, 'bin', 'elasticsearch'), ...settings],
    env: { HOME: root, ES_PATH_CONF: config, ES_TMPDIR: tmp },
    asNodeUser: true,
  }
}
