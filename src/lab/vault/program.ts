// How the lab's Vault is started. It comes up sealed, whoever starts it.
import { join } from 'node:path'
import type { LabNode } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import type { Program } from '../process/program.ts'
import { type Lab, requireVault } from '../state.ts'
import { vaultConfigFile } from './files.ts'

export function vaultProgram(lab: Lab, { name }: LabNode): Program {
  const { root, tmp } = nodePaths(lab.state.nodesRoot, name)
  const server = join(requireVault(lab).home, 'bin', 'vault-server')
  return {
    command: [server, 'server', `-config=${vaultConfigFile(lab.state.nodesRoot, name)}`],
    env: { HOME: root, TMPDIR: tmp },
    asNodeUser: true,
  }
}
