// Chooses the broker for each request, so that the restart of one is never noticed. Reads go on to the next broker; a write
// that was sent and not answered is never sent again: its outcome is unknown.
import type { z } from 'zod'
import type { Broker, KafkaEndpointAnswer, KafkaIdentity } from '../../ports/kafka.ts'
import { type Call, parse } from './call.ts'
import { noBroker, otherCluster, type Refusal, unknownOutcome } from './errors.ts'
import { brokersCall, readIdentity } from './identity.ts'
import type { ConnectOptions, Endpoint } from './options.ts'
import { openWire, type Reply, type Wire } from './wire.ts'

export interface Pool {
  readonly options: ConnectOptions
  /** Whatever may be sent twice without harm. */
  read<S extends z.ZodType>(call: Call<S>): Promise<z.output<S>>
  /** @throws OpsError OUTCOME_UNKNOWN when it was sent and not answered */
  write<S extends z.ZodType>(call: Call<S>): Promise<z.output<S>>
  /** Of one broker and no other; `null` when it does not answer. */
  ask<S extends z.ZodType>(broker: Broker, call: Call<S>): Promise<z.output<S> | null>
  /** Of one broker and no other. */
  tell<S extends z.ZodType>(broker: Broker, call: Call<S>): Promise<z.output<S>>
  /** Who is registered now. */
  brokers(): Promise<KafkaIdentity>
  /** An address that answers and belongs to the cluster. `not` is asked last. */
  alive(not?: string): Promise<Endpoint>
  endpoints(): Promise<readonly KafkaEndpointAnswer[]>
  close(): Promise<void>
}

/** An address that failed is asked last for this long. */
const restMs = 15_000
/** Brokers that may keep one request waiting for nothing. */
const patience = 2

interface Member {
  readonly wire: Wire
  restsUntil: number
}

export function openPool(options: ConnectOptions): Pool {
  let clusterId = options.clusterId
  const configured = options.endpoints.map(endpoint => ({ wire: openWire(endpoint, options), restsUntil: 0 }))
  /** Addresses that brokers advertise and the inventory does not have. */
  const others = new Map<string, Member>()

  /** `null` when it belongs to the cluster. @throws OpsError CLUSTER_OTHER */
  const introduce = async ({ wire }: Member): Promise<Exclude<Reply, { kind: 'answer' }> | null> => {
    const found = await wire.meet()
    if ('kind' in found) return found
    clusterId ??= found.clusterId
    if (found.clusterId !== clusterId) throw otherCluster(wire.at, found.clusterId, clusterId)
    return null
  }

  const rest = (member: Member): void => {
    member.restsUntil = performance.now() + restMs
  }

  const askAny = async <S extends z.ZodType>(call: Call<S>, again: boolean): Promise<z.output<S>> => {
    const refusals: Refusal[] = []
    for (const member of inOrder(configured)) {
      const reply = (await introduce(member)) ?? (await member.wire.send(call))
      if (reply.kind === 'answer') return parse(call, reply.body)
      rest(member)
      if (reply.kind === 'lost' && !again) throw unknownOutcome(call.name, member.wire.at.host, reply.problem)
      refusals.push({ at: member.wire.at, reply })
      if (refusals.filter(one => one.reply.kind === 'lost').length >= patience) break
    }
    throw noBroker(call.name, refusals, options.credentialsFrom)
  }

  const memberOf = ({ id, host, port }: Broker): Member => {
    const known = configured.find(({ wire: { at } }) => at.address === host && at.port === port)
    const key = `${host}:${port}`
    const found = known ?? others.get(key)
    if (found !== undefined) return found
    const name = options.endpoints.find(({ nodeId }) => nodeId === id)?.host ?? `broker ${id}`
    const member = { wire: openWire({ host: name, address: host, port, nodeId: id }, options), restsUntil: 0 }
    others.set(key, member)
    return member
  }

  const askOne = async (broker: Broker, call: Call): Promise<{ member: Member; reply: Reply }> => {
    const member = memberOf(broker)
    const reply = (await introduce(member)) ?? (await member.wire.send(call))
    return { member, reply }
  }

  const pool: Pool = {
    options,
    read: call => askAny(call, true),
    write: call => askAny(call, false),
    async ask(broker, call) {
      const { member, reply } = await askOne(broker, call)
      if (reply.kind === 'answer') return parse(call, reply.body)
      if (reply.kind === 'unsent' || reply.kind === 'lost') return null
      throw noBroker(call.name, [{ at: member.wire.at, reply }], options.credentialsFrom)
    },
    async tell(broker, call) {
      const { member, reply } = await askOne(broker, call)
      if (reply.kind === 'answer') return parse(call, reply.body)
      if (reply.kind === 'lost') throw unknownOutcome(call.name, member.wire.at.host, reply.problem)
      throw noBroker(call.name, [{ at: member.wire.at, reply }], options.credentialsFrom)
    },
    brokers: async () => readIdentity(await pool.read(brokersCall)),
    async alive(not) {
      const refusals: Refusal[] = []
      const members = inOrder(configured)
      for (const member of [
        ...members.filter(one => nameOf(one) !== not),
        ...members.filter(one => nameOf(one) === not),
      ]) {
        const reply = (await introduce(member)) ?? (await member.wire.send(brokersCall))
        if (reply.kind === 'answer') return member.wire.at
        rest(member)
        refusals.push({ at: member.wire.at, reply })
      }
      throw noBroker('a request', refusals, options.credentialsFrom)
    },
    endpoints: () => Promise.all(configured.map(askEndpoint)),
    close: async () => {
      await Promise.all([...configured, ...others.values()].map(({ wire }) => wire.close()))
    },
  }
  return pool
}

const nameOf = ({ wire: { at } }: Member): string => `${at.address}:${at.port}`

/** Those that work first, in the order of the inventory; then those that failed, the longest ago first. */
function inOrder(members: readonly Member[]): Member[] {
  const now = performance.now()
  const resting = members.filter(({ restsUntil }) => restsUntil > now)
  return [
    ...members.filter(({ restsUntil }) => restsUntil <= now),
    ...resting.sort((a, b) => a.restsUntil - b.restsUntil),
  ]
}

async function askEndpoint({ wire }: Member): Promise<KafkaEndpointAnswer> {
  const at = { host: wire.at.host, address: `${wire.at.address}:${wire.at.port}` }
  const reply = await wire.send(brokersCall)
  if (reply.kind !== 'answer') return { ...at, identity: null, problem: reply.problem }
  return { ...at, identity: readIdentity(parse(brokersCall, reply.body)), problem: null }
}
