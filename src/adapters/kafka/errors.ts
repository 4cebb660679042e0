// What trouble means to the operator. The only place that turns answers and failures of the vendors' clients into OpsErrors;
// it must never put a password or a whole vendor error into one.
import { type Code, OpsError } from '#errors'
import type { Problem } from './call.ts'
import type { Endpoint } from './options.ts'
import { loadWires, type Wires } from './vendor.ts'
import type { Reply } from './wire.ts'

export interface Refusal {
  readonly at: Endpoint
  readonly reply: Exclude<Reply, { kind: 'answer' }>
}

/** Codes that pass by themselves: an election, a start, a move. */
const passing = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'NOT_LEADER_FOR_PARTITION',
  'REQUEST_TIMED_OUT',
  'BROKER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'GROUP_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NOT_COORDINATOR_FOR_GROUP',
  'NOT_CONTROLLER',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'THROTTLING_QUOTA_EXCEEDED',
  'REASSIGNMENT_IN_PROGRESS',
  'REBALANCE_IN_PROGRESS',
])

export const isPassing = (code: string): boolean => passing.has(code)

/** An answer with an error code in it. `what` is the deed in the operator's words. */
export function refused(what: string, code: string, text: string | null): OpsError {
  const why = text === null || text === '' ? code : `${text} (${code})`
  return new OpsError(meaningOf(code), { message: `${what}: ${why}`, hint: hintFor(code) })
}

/** The same by the number of the code. */
export async function refusedWith(what: string, { code, text }: Problem): Promise<OpsError> {
  return refused(what, nameCode(await loadWires(), code), text)
}

export const nameCode = ({ protocolErrorsCodesById }: Wires, code: number): string =>
  (protocolErrorsCodesById as Record<number, string>)[code] ?? `error ${code}`

function meaningOf(code: string): Code {
  if (code.endsWith('AUTHORIZATION_FAILED')) return 'CLUSTER_FORBIDDEN'
  if (code === 'SASL_AUTHENTICATION_FAILED') return 'CLUSTER_AUTH'
  if (code === 'UNSUPPORTED_VERSION') return 'UNSUPPORTED'
  return isPassing(code) ? 'CLUSTER_BUSY' : 'CLUSTER_REJECTED'
}

function hintFor(code: string): string {
  if (code.endsWith('AUTHORIZATION_FAILED'))
    return `give the user of the inventory the right that is missing: kafka-acls.sh --add`
  if (isPassing(code))
    return 'it passes by itself as a rule: look at the brokers and the controllers, then try again'
  return 'see the reason above; server.log of the controllers has more'
}

export function busy(what: string, why: string): OpsError {
  return new OpsError('CLUSTER_BUSY', {
    message: `${what}: ${why}`,
    hint: 'look at the brokers and the controllers, then try again',
  })
}

export function unknownOutcome(what: string, host: string, why: string): OpsError {
  return new OpsError('OUTCOME_UNKNOWN', {
    message: `${what} was sent to ${host} and not answered (${why})`,
    hint: 'read what is there now before anything is sent again',
  })
}

export function otherCluster(at: Endpoint, found: string, wanted: string): OpsError {
  return new OpsError('CLUSTER_OTHER', {
    message: `${at.address}:${at.port} (${at.host}) has the cluster id ${found}, not ${wanted}`,
    hint: 'check the addresses and kafka_cluster_id of the inventory, and meta.properties on that host',
  })
}

/** No broker gave an answer that counts: the gravest reason that one of them gave. */
export function noBroker(what: string, refusals: readonly Refusal[], credentialsFrom?: string): OpsError {
  const kinds = refusals.map(({ reply }) => reply.kind)
  const list = refusals.map(({ at, reply }) => `${at.host}: ${reply.problem}`).join('; ')
  const message = `no broker answers ${what} (${list})`
  if (kinds.includes('refused'))
    return new OpsError('CLUSTER_AUTH', {
      message: `the cluster refuses the user or its password (${list})`,
      hint: `check ${credentialsFrom ?? 'the user and the password that the inventory names'}`,
    })
  if (kinds.length > 0 && kinds.every(kind => kind === 'untrusted'))
    return new OpsError('CLUSTER_TLS', {
      message,
      hint: 'check kafka_security and kafka_ca_file of the inventory, and the certificates',
    })
  if (kinds.includes('unsupported'))
    return new OpsError('UNSUPPORTED', { message, hint: 'ops is made for Kafka 3.3 to 3.9' })
  // Who was met and then fell silent waits for somebody else: the controllers, as a rule.
  if (kinds.includes('busy') || kinds.includes('lost')) return busy(what, list)
  return new OpsError('CLUSTER_UNREACHABLE', {
    message,
    hint: 'check that the brokers run, that this host reaches them, and that kafka_security is what they speak',
  })
}
