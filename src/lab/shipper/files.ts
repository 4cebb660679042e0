// The files of one member of the shipper.
import { join } from 'node:path'
import { nodePaths } from '../paths.ts'

export interface ShipperFiles {
  /** What the lab decides: brokers, sink, addresses. */
  readonly member: string
  /** What an operator decides; read at every start. */
  readonly settings: string
  /** Who it is to Elasticsearch, in a lab with Vault; 0600, and read at every start. */
  readonly credentials: string
  /** Ids that the sink `file` has taken. */
  readonly shipped: string
}

export function shipperFiles(nodesRoot: string, name: string): ShipperFiles {
  const { config, data } = nodePaths(nodesRoot, name)
  return {
    member: join(config, 'member.json'),
    settings: join(config, 'settings.json'),
    credentials: join(config, 'credentials.json'),
    shipped: join(data, 'shipped.jsonl'),
  }
}
