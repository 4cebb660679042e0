// Brings the brokers up as a part of the lab: what is there is left alone, what is missing is made.
import type { Admin } from 'kafkajs'
import { OpsError } from '../../errors/index.ts'
import { countLogBytes, pointToLogs, throwIfEnded } from '../joining.ts'
import { clientPort, type LabNode, nodesFor } from '../layout.ts'
import { isOpen } from '../process/ports.ts'
import { readPassword } from '../secrets.ts'
import { startMissing } from '../start-missing.ts'
import { type Lab, requireKafka, saveState } from '../state.ts'
import { waitFor } from '../wait.ts'
import { type KafkaAccess, kafkaClient } from './access.ts'
import { layOutBrokers } from './nodes.ts'
import { makeAdminAccess } from './own-access.ts'
import { makeTopic, waitForTopic } from './topics.ts'
import { setPasswords } from './users.ts'

type Talk = (line: string) => void

const stallMs = 90_000
/** The topic of the platform; 16 partitions stand in its text. */
const rawLogs = { topic: 'raw-logs', partitions: 16 } as const

export async function bringUpKafka(lab: Lab, talk: Talk): Promise<void> {
  const nodes = nodesFor(lab.nodes, 'kafka')
  await layOutBrokers(lab)
  await startMissing(lab, nodes, talk)
  const access = await makeAdminAccess(lab)
  await waitForBrokers(lab, nodes, access, talk)
  const kafka = requireKafka(lab)
  if (kafka.filled) return
  talk(`making the topic ${rawLogs.topic}`)
  if (kafka.security === 'sasl_tls') await setPasswords(access, passwordsOf(lab))
  const { replicationFactor } = kafka
  const topic = { ...rawLogs, replicationFactor }
  await withAdmin(access, admin => makeTopic(admin, topic))
  // One broker knows it by now; whoever comes next may ask any of them.
  for (const only of access.brokers) await withAdmin(access, admin => waitForTopic(admin, topic), only)
  kafka.filled = true
  saveState(lab.paths, lab.state)
}

const passwordsOf = ({ paths }: Lab): Record<string, string> =>
  Object.fromEntries((['ops', 'loader', 'guest'] as const).map(name => [name, readPassword(paths, name)]))

async function waitForBrokers(
  lab: Lab,
  nodes: readonly LabNode[],
  access: KafkaAccess,
  talk: Talk,
): Promise<void> {
  let told = -1
  await waitFor({
    stallMs: stallMs + lab.state.bootDelaySeconds * 1000,
    everyMs: 250,
    look: async () => {
      throwIfEnded(lab, nodes)
      const registered = await countRegistered(nodes, access)
      if (registered !== told) talk(`brokers registered ${registered}/${nodes.length}`)
      told = registered
      if (registered === nodes.length) return { result: true }
      return { progress: `${registered} ${countLogBytes(lab, nodes)}` }
    },
    onStall: () =>
      new OpsError('LAB_FAILED', {
        message: `only ${told} of ${nodes.length} brokers registered, and no log has moved for ${stallMs / 1000} s`,
        hint: pointToLogs(lab, nodes),
      }),
  })
}

/** A broker opens its port once it serves; when all have, one of them must know them all. */
async function countRegistered(nodes: readonly LabNode[], access: KafkaAccess): Promise<number> {
  const open = await Promise.all(nodes.map(node => isOpen(node.address, clientPort(node))))
  const count = open.filter(Boolean).length
  if (count < nodes.length) return count
  try {
    return await withAdmin(access, async admin => (await admin.describeCluster()).brokers.length)
  } catch {
    return count - 1 // no leader among the controllers at this moment
  }
}

async function withAdmin<T>(
  access: KafkaAccess,
  work: (admin: Admin) => Promise<T>,
  only?: string,
): Promise<T> {
  const admin = kafkaClient(access, { clientId: 'ops-lab', ...(only ? { only } : {}) }).admin()
  try {
    await admin.connect()
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}
