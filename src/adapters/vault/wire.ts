// One HTTP request to one Vault over node:https, under the vendor's client in place of its own library: that one follows redirects with the
// token, obeys proxies of the environment and lets go of whether anything was sent. It must never let an error out that carries headers.
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { OpsError } from '#errors'
import type { ConnectOptions } from './options.ts'

/** The form in which the vendor's client asks. */
export interface WireRequest {
  readonly method: string
  readonly uri: string
  readonly headers: Readonly<Record<string, string>>
  readonly json?: unknown
  /** Ours, handed through: it changes something, so it goes over a connection of its own and is sent once. */
  readonly effect?: boolean
  readonly limitMs?: number
}

export interface WireAnswer {
  readonly statusCode: number
  readonly body: unknown
  readonly request: { readonly path: string }
}

/** `unsent`, `untrusted`: nothing was sent. `lost`: it was sent and not answered. */
export class WireFailure extends Error {
  readonly kind: 'unsent' | 'untrusted' | 'lost'

  constructor(kind: WireFailure['kind'], problem: string) {
    super(problem)
    this.kind = kind
  }
}

export interface Wire {
  send(request: WireRequest): Promise<WireAnswer>
  close(): void
}

const connectTimeoutMs = 3000
const defaultTimeoutMs = 10_000
/** No document of Vault is as large (its limit is 1 MiB by default). */
const mostBytes = 8 * 1024 * 1024

export function openWire({ url, caFile, requestTimeoutMs }: ConnectOptions): Wire {
  const secure = url.startsWith('https:')
  let agents: { readonly reads: http.Agent; readonly writes: http.Agent } | undefined
  const openAgents = () => {
    const Agent = secure ? https.Agent : http.Agent
    const tls = secure ? readCa(caFile) : {}
    return {
      reads: new Agent({ ...tls, keepAlive: true, maxSockets: 8 }),
      writes: new Agent({ ...tls, keepAlive: false }),
    }
  }
  return {
    async send(request) {
      // Only now: a Vault that is yet to be set up has no CA file.
      agents ??= openAgents()
      const agent = request.effect ? agents.writes : agents.reads
      const attempt = () =>
        sendOnce(secure, agent, { limitMs: requestTimeoutMs ?? defaultTimeoutMs, ...request })
      try {
        return await attempt()
      } catch (thrown) {
        // A kept connection may have been closed by the other side a moment ago.
        if (request.effect || !(thrown instanceof StaleConnection)) throw thrown
        return attempt()
      }
    },
    close() {
      agents?.reads.destroy()
      agents?.writes.destroy()
      agents = undefined
    },
  }
}

class StaleConnection extends WireFailure {}

/** Connections that stand. Node does not tell of one that is handed on from a request to a waiting one. */
const established = new WeakSet<Socket>()

function sendOnce(
  secure: boolean,
  agent: http.Agent,
  { method, uri, headers, json, limitMs }: WireRequest & { readonly limitMs: number },
): Promise<WireAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>()
  const target = new URL(uri)
  const body = json === undefined || json === true ? undefined : JSON.stringify(json)
  let connected = false
  let reused = false
  const options = {
    method,
    agent,
    headers: {
      'content-type': 'application/json',
      ...lowerCased(headers),
      // Vault agents may insist on it: it keeps requests of a browser out.
      'x-vault-request': 'true',
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    },
  }
  const request = secure ? https.request(target, options) : http.request(target, options)
  const fail = (kind: WireFailure['kind'], problem: string): void => {
    reject(new WireFailure(kind, problem))
    request.destroy()
  }
  const limit = setTimeout(() => fail(connected ? 'lost' : 'unsent', 'no answer in time'), limitMs)
  let connectLimit: NodeJS.Timeout | undefined
  const settle = (): void => {
    clearTimeout(limit)
    clearTimeout(connectLimit)
  }
  request.on('socket', socket => {
    if (established.has(socket)) {
      connected = true
      reused = true
      return
    }
    connectLimit = setTimeout(() => fail('unsent', 'no connection in time'), connectTimeoutMs)
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(connectLimit)
      established.add(socket)
      connected = true
    })
  })
  request.on('error', error => {
    settle()
    const problem = wordsOf(error)
    if (reused) reject(new StaleConnection('lost', problem))
    else if (connected) fail('lost', problem)
    else fail(untrusted.test(problem) ? 'untrusted' : 'unsent', problem)
  })
  request.on('response', response => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > mostBytes) fail('lost', 'the answer does not end')
      else chunks.push(chunk)
    })
    response.on('error', error => {
      settle()
      fail('lost', wordsOf(error))
    })
    response.on('end', () => {
      settle()
      if (!response.complete) return fail('lost', 'the answer was cut off')
      resolve({
        statusCode: response.statusCode ?? 0,
        body: readJson(Buffer.concat(chunks).toString('utf8')),
        request: { path: target.pathname },
      })
    })
  })
  request.end(body)
  return promise.finally(settle)
}

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** `undefined`: it is no JSON. */
function readJson(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const untrusted = /certificate|altnames|SSL routines|EPROTO|wrong version number|self.signed|TLS/i

/** Several addresses of one name that all refuse make an error without words. */
const wordsOf = (error: Error): string =>
  error.message || (error as NodeJS.ErrnoException).code || 'connection refused'

function readCa(caFile: string | undefined): { ca?: string } {
  if (caFile === undefined) return {}
  try {
    return { ca: readFileSync(caFile, 'utf8') }
  } catch (cause) {
    throw new OpsError('VAULT_UNREACHABLE', {
      message: `the CA file ${caFile} of Vault cannot be read`,
      hint: `check the path and its permissions: ls -l ${caFile}`,
      next: 'stop',
      cause,
    })
  }
}
