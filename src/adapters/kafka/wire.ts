// One connection to one broker: sends one request and says what came of it. It never retries and lets no vendor error out.
import type { KafkaIdentity } from '../../ports/kafka.ts'
import { readCa } from './ca.ts'
import { type Call, type Problem, parse } from './call.ts'
import { isPassing, nameCode, refused } from './errors.ts'
import { describeFailure, innermost } from './failures.ts'
import { brokersCall, readIdentity } from './identity.ts'
import {
  type ConnectOptions,
  clientId,
  connectTimeoutMs,
  defaultTimeoutMs,
  type Endpoint,
} from './options.ts'
import { type Connection, loadWires, type Wires } from './vendor.ts'
import { within } from './within.ts'

export type Reply =
  | { readonly kind: 'answer'; readonly body: unknown }
  /** Nothing was sent: refused, unknown host, no connection in time. */
  | { readonly kind: 'unsent'; readonly problem: string }
  /** Nothing was sent: the certificate is not to be trusted, or one of the two speaks no TLS. */
  | { readonly kind: 'untrusted'; readonly problem: string }
  /** Nothing was sent: wrong user or password. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** Nothing was sent: the broker does not have this request. */
  | { readonly kind: 'unsupported'; readonly problem: string }
  /** It was answered with trouble that another broker may not have. */
  | { readonly kind: 'busy'; readonly problem: string }
  /** It was sent and no answer came: it may have been carried out. */
  | { readonly kind: 'lost'; readonly problem: string }

export interface Wire {
  readonly at: Endpoint
  /** Who is there; asked anew with every new connection. */
  meet(): Promise<KafkaIdentity | Exclude<Reply, { kind: 'answer' }>>
  send(call: Call): Promise<Reply>
  close(): Promise<void>
}

interface Session {
  readonly connection: Connection
  readonly wires: Wires
  /** Highest version by request. */
  readonly versions: ReadonlyMap<number, readonly [number, number]>
  readonly identity: KafkaIdentity
}

const hangUpMs = 500

export function openWire(at: Endpoint, options: ConnectOptions): Wire {
  let session: Promise<Session> | null = null

  /** The session that is there, or a new one. A failed one is forgotten at once, and nothing forgets a newer one. */
  const begin = (): Promise<Session> => {
    if (session !== null) return session
    const forget = (): void => {
      if (session === begun) session = null
    }
    const begun = openSession(at, options, forget)
    session = begun
    begun.catch(forget)
    return begun
  }

  const end = async (): Promise<void> => {
    const ending = session
    session = null
    const found = await ending?.catch(() => null)
    if (found) await hangUp(found.connection)
  }

  return {
    at,
    close: end,
    async meet() {
      try {
        return (await begin()).identity
      } catch (thrown) {
        return describeFailure(thrown)
      }
    },
    async send(call) {
      let found: Session
      try {
        found = await begin()
      } catch (thrown) {
        return describeFailure(thrown)
      }
      const reply = await sendOn(
        found,
        call,
        (call.slow ? 3 : 1) * (options.requestTimeoutMs ?? defaultTimeoutMs),
      )
      if (reply.kind === 'lost') await end()
      return reply
    },
  }
}

async function openSession(at: Endpoint, options: ConnectOptions, ended: () => void): Promise<Session> {
  const wires = await loadWires()
  const connection = new wires.Connection(clientId, {
    connectTimeout: connectTimeoutMs,
    // Time limits are ours: a longer one here lets requests have their own.
    requestTimeout: 120_000,
    ...(options.tls === undefined ? {} : { tls: readCa(options.tls.caFile) }),
    ...(options.sasl === undefined ? {} : { sasl: { mechanism: 'SCRAM-SHA-512', ...options.sasl } }),
  })
  connection.on('error', ended)
  connection.on('close', ended)
  try {
    await connection.connect(at.address, at.port)
    const { apiKeys } = await within(
      wires.apiVersionsV3.api.async(connection, clientId, '1'),
      connectTimeoutMs,
    )
    const versions = new Map(
      apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion] as const]),
    )
    const first = await sendOn({ connection, wires, versions }, brokersCall, connectTimeoutMs)
    if (first.kind !== 'answer') throw new Error(first.problem)
    return { connection, wires, versions, identity: readIdentity(parse(brokersCall, first.body)) }
  } catch (thrown) {
    await hangUp(connection)
    throw thrown
  }
}

/** A peer that is frozen does not say goodbye. */
async function hangUp(connection: Connection): Promise<void> {
  await within(connection.close(), hangUpMs).catch(() => {})
  connection.socket?.destroy()
}

async function sendOn(
  { connection, wires, versions }: Omit<Session, 'identity'>,
  { name, api, args, problemOf, schema }: Call,
  limitMs: number,
): Promise<Reply> {
  const request = api(wires)
  const [least, most] = versions.get(request.key) ?? [1, 0]
  if (request.version < least || request.version > most)
    return { kind: 'unsupported', problem: `has no ${name} of version ${request.version}` }
  let body: unknown
  try {
    body = await within(request.async(connection, ...args), limitMs)
  } catch (thrown) {
    // An answer with error codes in it is an answer.
    const { response } = thrown as { response?: unknown }
    if (response === undefined) return { kind: 'lost', problem: innermost(thrown) }
    body = response
  }
  const parsed = problemOf === undefined ? undefined : schema.safeParse(body)
  const found: Problem | null = parsed?.success ? (problemOf?.(parsed.data) ?? null) : null
  if (found === null) return { kind: 'answer', body }
  const code = nameCode(wires, found.code)
  if (!isPassing(code)) throw refused(name, code, found.text)
  return { kind: 'busy', problem: found.text === null ? code : `${found.text} (${code})` }
}
