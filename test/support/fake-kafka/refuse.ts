// What the fake says when a server would refuse.
import { OpsError } from '../../../src/errors/index.ts'

export const rejected = (message: string): OpsError => new OpsError('CLUSTER_REJECTED', { message })
