// What a node of each service runs: one command in the foreground, with the least environment.
import { elasticsearchProgram } from './elasticsearch/program.ts'
import { kafkaProgram } from './kafka/program.ts'
import type { LabNode, LabService } from './layout.ts'
import type { Program } from './process/program.ts'
import { storeProgram } from './s3/program.ts'
import { shipperProgram } from './shipper/program.ts'
import type { Lab } from './state.ts'
import { vaultProgram } from './vault/program.ts'

const programs: Readonly<Record<LabService, (lab: Lab, node: LabNode) => Program>> = {
  elasticsearch: elasticsearchProgram,
  kafka: kafkaProgram,
  logstash: shipperProgram,
  s3: storeProgram,
  vault: vaultProgram,
}

export const programOf = (lab: Lab, node: LabNode): Program => programs[node.service](lab, node)
