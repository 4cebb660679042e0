// How a client of the lab reaches its brokers: addresses and the files of what proves who it is. It holds no secret, so it
// may be written down as it is.
import { readFileSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'
import kafkajs, { type ISocketFactory, type Kafka, type KafkaConfig, type logCreator } from 'kafkajs'
import { z } from 'zod'

export const kafkaAccess = z.object({
  /** host:port */
  brokers: z.array(z.string()),
  caFile: z.string().optional(),
  /** A client that shows a certificate. */
  certificate: z.object({ keyFile: z.string(), certFile: z.string() }).optional(),
  /** A client that logs in by SCRAM-SHA-512. */
  user: z.object({ name: z.string(), passwordFile: z.string() }).optional(),
})
export type KafkaAccess = z.infer<typeof kafkaAccess>

export interface ClientOptions {
  readonly clientId: string
  /** Where it connects from; the brokers name the members of a group by it. */
  readonly localAddress?: string
  /** The one broker (host:port) that is asked, whichever the client would choose: what each of them knows differs for seconds. */
  readonly only?: string
  /** Hears every line of the client's log from warnings on; without it they are dropped. */
  onLog?(message: string): void
}

/** A kafkajs client. It connects to nothing until it is used. */
export function kafkaClient(
  access: KafkaAccess,
  { clientId, localAddress, only, onLog }: ClientOptions,
): Kafka {
  const logCreator: logCreator =
    () =>
    ({ log: { message, error } }) =>
      onLog?.(error ? `${message}: ${error}` : message)
  const config: KafkaConfig = {
    clientId,
    brokers: [...access.brokers],
    ...credentials(access),
    ...(localAddress || only ? { socketFactory: connectFrom({ localAddress, only }) } : {}),
    logLevel: kafkajs.logLevel.WARN,
    logCreator,
    connectionTimeout: 2000,
    authenticationTimeout: 5000,
    requestTimeout: 15_000,
    enforceRequestTimeout: true,
    // Of one connection or one look at the metadata; whoever uses the client tries again for longer.
    retry: { retries: 3, initialRetryTime: 50, maxRetryTime: 500 },
  }
  return new kafkajs.Kafka(config)
}

const connectFrom =
  ({ localAddress, only }: { localAddress: string | undefined; only: string | undefined }): ISocketFactory =>
  ({ ssl, onConnect, ...asked }) => {
    const [host = asked.host, port = asked.port] = only?.split(':') ?? []
    const to = { host, port: Number(port), ...(localAddress ? { localAddress } : {}) }
    const socket = ssl ? connectTls({ ...to, ...ssl }, onConnect) : connectPlain(to, onConnect)
    return socket.setKeepAlive(true, 60_000)
  }

function credentials({ caFile, certificate, user }: KafkaAccess): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  if (!caFile) return {}
  const ssl = { ca: [readFileSync(caFile, 'utf8')], ...(certificate ? readPair(certificate) : {}) }
  if (!user) return { ssl }
  const password = readFileSync(user.passwordFile, 'utf8').trim()
  return { ssl, sasl: { mechanism: 'scram-sha-512', username: user.name, password } }
}

export const readPair = ({ keyFile, certFile }: { keyFile: string; certFile: string }) => ({
  key: readFileSync(keyFile, 'utf8'),
  cert: readFileSync(certFile, 'utf8'),
})
