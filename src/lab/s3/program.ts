// How the store is started: master, volumes, filer and S3 in one process, each on the node's own address.
import { join } from 'node:path'
import { filerPort, type LabNode, masterPort, s3Port, volumePort } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import type { Program } from '../process/program.ts'
import { type Lab, requireStore } from '../state.ts'

export const identitiesFile = (nodesRoot: string, name: string): string =>
  join(nodePaths(nodesRoot, name).config, 's3.json')

export const weedOf = (lab: Lab): string => join(requireStore(lab).home, 'bin', 'weed')

export function storeProgram(lab: Lab, { name, address }: LabNode): Program {
  const { root, data, tmp } = nodePaths(lab.state.nodesRoot, name)
  return {
    command: [
      weedOf(lab),
      'server',
      `-dir=${data}`,
      `-ip=${address}`,
      `-ip.bind=${address}`,
      `-master.port=${masterPort}`,
      '-master.volumeSizeLimitMB=256',
      '-master.telemetry=false',
      `-volume.port=${volumePort}`,
      '-volume.max=0',
      '-volume.preStopSeconds=0',
      '-filer',
      `-filer.port=${filerPort}`,
      `-filer.localSocket=${join(tmp, 'filer.sock')}`,
      '-s3',
      `-s3.port=${s3Port}`,
      `-s3.config=${identitiesFile(lab.state.nodesRoot, name)}`,
      `-s3.localSocket=${join(tmp, 's3.sock')}`,
      // Catalogues of tables, which nobody here has.
      '-s3.port.iceberg=0',
      '-s3.port.lance=0',
    ],
    env: { HOME: root, TMPDIR: tmp },
    asNodeUser: true,
  }
}
