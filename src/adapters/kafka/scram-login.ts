// Logs in as somebody else at every broker, once each, on connections of their own. What comes back must never hold the password.
import type { Credential, LoginAnswer } from '../../ports/credentials.ts'
import type { Broker } from '../../ports/kafka.ts'
import { type ConnectOptions, connectTimeoutMs, type Endpoint } from './options.ts'
import type { Pool } from './pool.ts'
import { openWire } from './wire.ts'
import { within } from './within.ts'

/** The options with which this credential connects instead of our own. */
export const asUser = (options: ConnectOptions, { principal, secret }: Credential): ConnectOptions => ({
  ...options,
  sasl: { username: principal, password: secret.reveal() },
  credentialsFrom: `the secret of ${principal}`,
})

export async function logInEverywhere(pool: Pool, credential: Credential): Promise<readonly LoginAnswer[]> {
  const { clusterId, brokers } = await pool.brokers()
  const options = asUser(pool.options, credential)
  const targets = listTargets(pool.options.endpoints, brokers)
  return Promise.all(targets.map(at => logInAt(at, options, clusterId, credential.principal)))
}

/** Who is registered, and who of the inventory is not: a broker that is away has not let anybody in. */
function listTargets(configured: readonly Endpoint[], brokers: readonly Broker[]): readonly Endpoint[] {
  const registered = brokers.map(({ id, host, port }) => ({
    host: configured.find(one => isAt(one, host, port) || one.nodeId === id)?.host ?? `broker ${id}`,
    address: host,
    port,
    nodeId: id,
  }))
  const away = configured.filter(
    one => !brokers.some(({ id, host, port }) => isAt(one, host, port) || one.nodeId === id),
  )
  return [...registered, ...away]
}

const isAt = (one: Endpoint, address: string, port: number): boolean =>
  one.address === address && one.port === port

/** Connecting, the exchange of SCRAM, and one request. */
const limitMs = 3 * connectTimeoutMs

async function logInAt(
  at: Endpoint,
  options: ConnectOptions,
  clusterId: string,
  name: string,
): Promise<LoginAnswer> {
  const out = (problem: string, refused = false): LoginAnswer => ({
    endpoint: at.host,
    as: null,
    problem,
    refused,
  })
  const wire = openWire(at, options)
  try {
    const found = await within(wire.meet(), limitMs)
    if ('kind' in found) return out(found.problem, found.kind === 'refused')
    if (found.clusterId !== clusterId) return out(`belongs to the cluster ${found.clusterId}`)
    return { endpoint: at.host, as: name, problem: null, refused: false }
  } catch (thrown) {
    return out((thrown as Error).message)
  } finally {
    // A session that is still being opened would keep this waiting as long.
    void wire.close().catch(() => {})
  }
}
