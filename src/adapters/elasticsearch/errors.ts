// What a reply that is no success means to the operator. The only place that turns answers of the cluster into
// OpsErrors; it must never put a password, a header or a whole vendor error into one.
import { OpsError } from '#errors'
import type { Endpoint } from './options.ts'
import { readRefusal } from './refusals.ts'
import type { Reply, Request } from './wire.ts'

export interface Refusal {
  readonly endpoint: Endpoint
  readonly reply: Reply
}

/** The request as people type it, without its long tail of names. */
export function nameRequest({ method, path }: Request): string {
  return `${method} ${path.length > 80 ? `${path.slice(0, 77)}...` : path}`
}

/** Type and reason of an error body; Elasticsearch sends either an object or a plain sentence. */
export function readReason(body: unknown): { readonly type: string; readonly reason: string } {
  const error = (body as { error?: unknown } | null)?.error
  if (typeof error === 'string') return { type: '', reason: error }
  const { type, reason } = (error ?? {}) as { type?: unknown; reason?: unknown }
  return {
    type: String(type ?? ''),
    reason: String(reason ?? (typeof body === 'string' ? body.slice(0, 200) : '')),
  }
}

/** An answer that no other endpoint would have given differently. */
export function rejected(request: Request, status: number, body: unknown): OpsError {
  const { type, reason } = readReason(body)
  if (status === 403) return forbidden(request, reason)
  const refusal = readRefusal(type, reason)
  if (refusal !== null) {
    const message = `${nameRequest(request)} was refused (HTTP ${status}): ${reason}`
    return new OpsError(refusal.code, { message, hint: refusal.hint })
  }
  return new OpsError('CLUSTER_REJECTED', {
    message: `the cluster rejected ${nameRequest(request)} (HTTP ${status}): ${reason}`,
    hint: 'see the reason above; the log of the elected master has more',
  })
}

function forbidden(request: Request, reason: string): OpsError {
  if (/effective roles \[\] \(assigned roles \[.+\] were not found/.test(reason)) return rolesUnread(request)
  const granted = /granted by the (cluster|index) privileges \[([^\]]+)\]/.exec(reason)
  const action = /action \[([^\]]+)\]/.exec(reason)?.[1] ?? nameRequest(request)
  const restricted = reason.includes('restricted indices') ? ' with allow_restricted_indices' : ''
  return new OpsError('CLUSTER_FORBIDDEN', {
    message: `the user may not ${nameRequest(request)}: ${reason || 'no privilege'}`,
    hint: granted
      ? `give its role the ${granted[1]} privilege ${action} (or one of ${granted[2]})${restricted}`
      : `give its role the privilege for ${action}`,
  })
}

/** Roles are in an index: while none of its copies is active, users have none. Seen on a server whose security index was red. */
function rolesUnread(request: Request): OpsError {
  return new OpsError('CLUSTER_BUSY', {
    message: `the cluster finds no role of the user, and so refuses ${nameRequest(request)}`,
    hint: 'wait until its security index is active (GET _cat/shards/.security*); if it is, make the roles: ops run deploy',
  })
}

export function busy(request: Request, status: number, body: unknown): OpsError {
  const { type, reason } = readReason(body)
  return new OpsError('CLUSTER_BUSY', {
    message: `the cluster cannot do ${nameRequest(request)} now (HTTP ${status}): ${reason || type || 'busy'}`,
    hint: 'wait for a master and for less load, then try again: ops doctor',
  })
}

export function unknownOutcome(request: Request, endpoint: Endpoint, problem: string): OpsError {
  return new OpsError('OUTCOME_UNKNOWN', {
    message: `${nameRequest(request)} was sent to ${endpoint.host} and not answered (${problem})`,
    hint: 'read what is there now before anything is sent again',
  })
}

export function otherCluster(endpoint: Endpoint, field: string, found: string, wanted: string): OpsError {
  return new OpsError('CLUSTER_OTHER', {
    message: `${endpoint.url} (${endpoint.host}) has the ${field} ${found}, not ${wanted}`,
    hint: 'check the addresses and the cluster of the inventory, or whether this node made a cluster of its own',
  })
}

/** No endpoint gave an answer that counts: the gravest reason that one of them gave. */
export function noEndpoint(
  request: Request,
  refusals: readonly Refusal[],
  credentials: { readonly accepted: boolean; readonly from: string | undefined },
): OpsError {
  const answers = refusals.flatMap(({ reply }) => (reply.kind === 'answer' ? [reply] : []))
  if (answers.some(({ status }) => status === 401))
    return credentials.accepted ? noLongerAccepted() : refusedUser(credentials.from)
  const late = answers.at(-1)
  if (late) return busy(request, late.status, late.body)
  const list = refusals.map(
    ({ endpoint, reply }) => `${endpoint.host}: ${'problem' in reply ? reply.problem : ''}`,
  )
  const message = `no endpoint of the cluster answers ${nameRequest(request)} (${list.join('; ')})`
  if (refusals.length > 0 && refusals.every(({ reply }) => reply.kind === 'untrusted'))
    return new OpsError('CLUSTER_TLS', {
      message,
      hint: 'check the CA file of the inventory and the certificates',
    })
  return new OpsError('CLUSTER_UNREACHABLE', {
    message,
    hint: 'check that the nodes run and that this host reaches them',
  })
}

/** Without its security index a node refuses everybody: while there is no master, or while it starts. */
function noLongerAccepted(): OpsError {
  return new OpsError('CLUSTER_BUSY', {
    message: 'no endpoint accepts the user that the cluster accepted before',
    hint: 'see whether it has a master and its security index; has the password been changed meanwhile?',
  })
}

function refusedUser(credentialsFrom: string | undefined): OpsError {
  return new OpsError('CLUSTER_AUTH', {
    message: 'the cluster refuses the user or its password',
    hint: `check ${credentialsFrom ?? 'the user and the password that the inventory names'}`,
  })
}
