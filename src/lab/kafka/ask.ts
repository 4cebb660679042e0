// One question to the brokers of a lab, asked again while they elect: a broker that has just been chosen does not know for a moment
// where its logs end or which groups are its own, and a client does not look for another by itself.
import type { Admin, Kafka } from 'kafkajs'
import { OpsError } from '../../errors/index.ts'
import { waitFor } from '../wait.ts'
import { innermost } from './explain.ts'

const stallMs = 60_000
/** What the protocol calls it. */
const passing: ReadonlySet<string> = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
])

/** Each time by a new client, which knows nothing of before. @throws OpsError CLUSTER_BUSY where it does not pass in a minute */
export function askBrokers<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  let why = ''
  return waitFor({
    stallMs,
    look: async () => {
      const admin = kafka.admin()
      try {
        await admin.connect()
        return { result: await work(admin) }
      } catch (thrown) {
        const { type = '', message } = innermost(thrown)
        if (!passing.has(type)) throw thrown
        why = `${type}: ${message}`
        return { progress: 'electing' }
      } finally {
        await admin.disconnect()
      }
    },
    onStall: () => new OpsError('CLUSTER_BUSY', { message: why, hint: 'ops lab status' }),
  })
}
