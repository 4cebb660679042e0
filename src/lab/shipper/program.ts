// How a member of the shipper is started. It is code of this checkout, which the nodes' user may not be able to read.
import { join } from 'node:path'
import type { LabNode } from '../layout.ts'
import { type Program, quietNode } from '../process/program.ts'
import type { Lab } from '../state.ts'
import { shipperFiles } from './files.ts'

export function shipperProgram({ state }: Lab, { name }: LabNode): Program {
  const main = join(import.meta.dirname, 'main.ts')
  return {
    command: [...quietNode, main, shipperFiles(state.nodesRoot, name).member],
    env: {},
    asNodeUser: false,
  }
}
