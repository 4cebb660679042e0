// Chooses the endpoint for each request, so that the restart of one node is never noticed. Reads go on to the next
// endpoint; a write that was sent and not answered is never sent again: its outcome is unknown.
import { busy, noEndpoint, type Refusal, rejected, unknownOutcome } from './errors.ts'
import { checkIdentity, type Expected } from './identity.ts'
import type { ConnectOptions, Endpoint } from './options.ts'
import { openWire, type Reply, type Request, type Wire } from './wire.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly request: Request
}

interface Rules {
  /** Statuses that the caller understands although they are no success. */
  readonly accept?: readonly number[]
}

export interface Pool {
  readonly wires: readonly Wire[]
  /** Whatever may be sent twice without harm: searches by POST count. */
  read(request: Request & Rules): Promise<Answer>
  /** @throws OpsError OUTCOME_UNKNOWN when it was sent and not answered */
  write(request: Request & Rules): Promise<Answer>
  /** From now on the cluster of this uuid is meant; every endpoint is asked anew to which one it belongs. */
  adopt(clusterUuid: string): void
  /** From now on this address is asked too, after the others. */
  follow(endpoint: Endpoint): void
  unfollow(host: string): Promise<void>
  close(): Promise<void>
}

/** An endpoint that failed is asked last for this long. */
const restMs = 15_000
/** Endpoints that may keep one request waiting for nothing. */
const patience = 3

export function openPool(options: ConnectOptions): Pool {
  const expected: Expected = { name: options.clusterName, uuid: options.clusterUuid }
  const join = (endpoint: Endpoint) => ({ wire: openWire(endpoint, options), restsUntil: 0, known: false })
  type Member = ReturnType<typeof join>
  let members: readonly Member[] = options.endpoints.map(join)
  /** The credentials have been accepted once. */
  let accepted = false

  const ask = async (request: Request & Rules, again: boolean): Promise<Answer> => {
    const refusals: Refusal[] = []
    for (const member of inOrder(members)) {
      const refuse = (reply: Reply) => {
        refusals.push({ endpoint: member.wire.endpoint, reply })
        rest(member)
      }
      const stranger = member.known ? null : await introduce(member)
      if (stranger) {
        refuse(stranger)
        if (exhausted(refusals)) break
        continue
      }
      const reply = await member.wire.send(request)
      if (reply.kind === 'answer' && !elsewhere(reply.status, request.accept)) return settle(request, reply)
      if (reply.kind === 'lost' && !again) {
        rest(member)
        throw unknownOutcome(request, member.wire.endpoint, reply.problem)
      }
      if (reply.kind === 'answer' && !again && reply.status !== 401) throw undone(request, member.wire, reply)
      refuse(reply)
      if (exhausted(refusals)) break
    }
    throw noEndpoint(request, refusals, { accepted, from: options.credentialsFrom })
  }

  /** Asks an endpoint that is new, or was away, which cluster it belongs to. */
  const introduce = async (member: Member): Promise<Reply | null> => {
    const reply = await member.wire.send({ method: 'GET', path: '/' })
    if (reply.kind !== 'answer' || elsewhere(reply.status)) return reply
    if (reply.status >= 400) throw rejected({ method: 'GET', path: '/' }, reply.status, reply.body)
    const waiting = checkIdentity(member.wire.endpoint, reply.body, expected)
    if (waiting) return { kind: 'answer', status: 503, body: { error: waiting } }
    member.known = true
    accepted = true
    return null
  }

  const rest = (member: Member): void => {
    member.restsUntil = performance.now() + restMs
    member.known = false
  }

  /** A host has one address: the last one that was given. */
  const follow = (endpoint: Endpoint): void => {
    const present = members.find(({ wire }) => wire.endpoint.host === endpoint.host)
    if (present?.wire.endpoint.url === endpoint.url) return
    members = [...members.filter(member => member !== present), join(endpoint)]
    void present?.wire.close()
  }

  const unfollow = async (host: string): Promise<void> => {
    const gone = members.filter(({ wire }) => wire.endpoint.host === host)
    members = members.filter(member => !gone.includes(member))
    await Promise.all(gone.map(({ wire }) => wire.close()))
  }

  return {
    get wires() {
      return members.map(member => member.wire)
    },
    follow,
    unfollow,
    read: request => ask(request, true),
    write: request => ask(request, false),
    adopt: clusterUuid => {
      expected.uuid = clusterUuid
      for (const member of members) Object.assign(member, { known: false, restsUntil: 0 })
    },
    close: async () => void (await Promise.all(members.map(member => member.wire.close()))),
  }
}

/** Those that work first, in the order of the inventory; then those that failed, the longest ago first. */
function inOrder<T extends { restsUntil: number }>(members: readonly T[]): T[] {
  const now = performance.now()
  const well = members.filter(member => member.restsUntil <= now)
  const resting = members.filter(member => member.restsUntil > now)
  return [...well, ...resting.sort((a, b) => a.restsUntil - b.restsUntil)]
}

/** Answers that another endpoint may give differently: a node that is just starting refuses even the right password. */
function elsewhere(status: number, accept: readonly number[] = []): boolean {
  return !accept.includes(status) && (status === 401 || status === 429 || (status >= 502 && status <= 504))
}

const exhausted = (refusals: readonly Refusal[]) =>
  refusals.filter(({ reply }) => reply.kind === 'lost' || (reply.kind === 'answer' && reply.status === 503))
    .length >= patience

function settle(request: Request & Rules, reply: Reply & { kind: 'answer' }): Answer {
  if (reply.status < 400 || request.accept?.includes(reply.status)) return { ...reply, request }
  throw rejected(request, reply.status, reply.body)
}

/** A write that was answered with trouble: a gateway does not know what the node behind it did. */
function undone(request: Request, wire: Wire, reply: Reply & { kind: 'answer' }) {
  if (reply.status === 502 || reply.status === 504)
    return unknownOutcome(request, wire.endpoint, `HTTP ${reply.status}`)
  return busy(request, reply.status, reply.body)
}
