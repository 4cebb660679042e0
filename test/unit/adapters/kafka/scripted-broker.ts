// A broker that answers what a test tells it to, on a port of its own: for what real brokers cannot be made to do.
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { Reader, Writer } from '@platformatic/kafka'

/** An answer's body; `hang` never answers, `close` hangs up instead. */
export type Script = (body: Reader, version: number) => Writer | 'hang' | 'close'

export const apiKeys = {
  metadata: 3,
  apiVersions: 18,
  describeLogDirs: 35,
  alterConfigs: 44,
  quorum: 55,
} as const

export interface ScriptedBroker extends AsyncDisposable {
  readonly port: number
  /** Keys of the requests that came, without those of the greeting. */
  readonly asked: number[]
  readonly connections: () => number
}

export interface BrokerScript {
  readonly clusterId?: string
  readonly lacks?: readonly number[]
  readonly scripts?: Readonly<Record<number, Script>>
  readonly topics?: (writer: Writer) => Writer
}

export async function startBroker(script: BrokerScript = {}): Promise<ScriptedBroker> {
  const asked: number[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    sockets.add(socket)
    let bytes = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      bytes = Buffer.concat([bytes, chunk])
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const size = bytes.readInt32BE(0)
        answer(socket, bytes.subarray(4, 4 + size))
        bytes = bytes.subarray(4 + size)
      }
    })
  })
  const port = (): number => (server.address() as { port: number }).port

  const answer = (socket: Socket, request: Buffer): void => {
    const [key, version, correlation] = [
      request.readInt16BE(0),
      request.readInt16BE(2),
      request.readInt32BE(4),
    ]
    const body = Reader.from(request.subarray(10 + request.readInt16BE(8) + 1))
    const own = script.scripts?.[key]
    // Metadata without topics is the greeting.
    const greets =
      key === apiKeys.apiVersions || (key === apiKeys.metadata && body.peekUnsignedVarInt() === 1)
    if (!greets) asked.push(key)
    const reply =
      key === apiKeys.apiVersions
        ? sayVersions(script.lacks ?? [])
        : greets || own === undefined
          ? sayMetadata(script, port())
          : own(body, version)
    if (reply === 'close') socket.destroy()
    if (typeof reply === 'string') return
    const header = Writer.create().appendInt32(correlation)
    if (key !== apiKeys.apiVersions) header.appendTaggedFields()
    socket.write(header.appendFrom(reply).prependLength().buffer)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: port(),
    asked,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

function sayVersions(lacks: readonly number[]): Writer {
  const keys = Array.from({ length: 70 }, (_, key) => key).filter(key => !lacks.includes(key))
  return Writer.create()
    .appendInt16(0)
    .appendArray(keys, (writer, key) => writer.appendInt16(key).appendInt16(0).appendInt16(15))
    .appendInt32(0)
    .appendTaggedFields()
}

function sayMetadata({ clusterId = 'a-cluster', topics }: BrokerScript, port: number): Writer {
  const writer = Writer.create()
    .appendInt32(0)
    .appendArray([1], (inner, id) =>
      inner.appendInt32(id).appendString('127.0.0.1').appendInt32(port).appendString('az-1'),
    )
    .appendString(clusterId)
    .appendInt32(1)
  return (topics ?? (inner => inner.appendArray([], () => {})))(writer).appendTaggedFields()
}
