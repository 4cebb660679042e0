// One vendor client per endpoint: sends one request to one address and says what came of it. It never retries, never
// sniffs for other nodes and lets no vendor error out: those carry headers with the password in them.
import { readFileSync } from 'node:fs'
import { Client, errors } from '@elastic/elasticsearch'
import { OpsError } from '#errors'
import type { ConnectOptions, Endpoint, Login } from './options.ts'

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  /** Only the elected master can answer: the endpoint must say in time that it finds none. */
  readonly viaMaster?: 'read' | 'change'
  /** Longest wait for the answer, where the usual one does not fit. */
  readonly limitMs?: number
  /** In the name of this user, for whom we have leave to ask. */
  readonly runAs?: string
}

export type Reply =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  /** Nothing was sent: refused, unknown host, no connection in time. */
  | { readonly kind: 'unsent'; readonly problem: string }
  /** Nothing was sent: the certificate is not to be trusted, or this is no TLS port. */
  | { readonly kind: 'untrusted'; readonly problem: string }
  /** It was sent and no answer came: it may have been carried out. */
  | { readonly kind: 'lost'; readonly problem: string }

export interface Wire {
  readonly endpoint: Endpoint
  send(request: Request): Promise<Reply>
  close(): Promise<void>
}

const connectTimeoutMs = 3000
export const defaultTimeoutMs = 10_000

/** As `ops` itself, or as somebody else. */
export function openWire(endpoint: Endpoint, options: ConnectOptions, login: Login = options): Wire {
  const usualMs = options.requestTimeoutMs ?? defaultTimeoutMs
  let client: Client | undefined
  return {
    endpoint,
    close: async () => client?.close(),
    async send({ method, path, query = {}, body, viaMaster, ...request }) {
      // Only now: a cluster that is yet to be made has no CA file before its first node.
      client ??= openClient(endpoint, options, login)
      const limitMs = request.limitMs ?? (viaMaster === 'change' ? 3 * usualMs : usualMs)
      const signal = AbortSignal.timeout(limitMs)
      const params = {
        method,
        path,
        querystring: { ...query, ...patienceOfServer(viaMaster, limitMs) },
        ...(body === undefined ? {} : { body }),
      }
      try {
        // `ignore` every status: what a status means is decided in one place, errors.ts.
        const headers = request.runAs === undefined ? {} : { 'es-security-runas-user': request.runAs }
        const options = { signal, meta: true, ignore: everyStatus, headers } as const
        const answer = await client.transport.request(params, options)
        return { kind: 'answer', status: answer.statusCode ?? 0, body: answer.body }
      } catch (thrown) {
        return describeFailure(thrown, signal)
      }
    },
  }
}

/** @throws OpsError CLUSTER_TLS when the CA file cannot be read */
function openClient({ url }: Endpoint, options: ConnectOptions, login: Login): Client {
  return new Client({
    node: url,
    auth: pickLogin(login),
    ...(url.startsWith('https:') ? { tls: { ...readCa(options.caFile), timeout: connectTimeoutMs } } : {}),
    // Time-outs are ours (a signal per request): the client's own one aborts every request of the connection.
    agent: { headersTimeout: 0, bodyTimeout: 0 } as object,
    maxRetries: 0,
    sniffOnStart: false,
    sniffOnConnectionFault: false,
    sniffInterval: false,
  })
}

/** The server's own patience is 30 s; ours would be at its end before it could say what is wrong. */
function patienceOfServer(viaMaster: Request['viaMaster'], limitMs: number): Record<string, string> {
  const patience = `${Math.round(limitMs * 0.7)}ms`
  if (viaMaster === undefined) return {}
  return viaMaster === 'change'
    ? { master_timeout: patience, timeout: patience }
    : { master_timeout: patience }
}

const everyStatus = Array.from({ length: 200 }, (_, index) => 400 + index)

function pickLogin(login: Login): Login {
  if ('apiKey' in login) return { apiKey: login.apiKey }
  if ('bearer' in login) return { bearer: login.bearer }
  return { username: login.username, password: login.password }
}

function readCa(caFile: string | undefined): { ca?: string } {
  if (caFile === undefined) return {}
  try {
    return { ca: readFileSync(caFile, 'utf8') }
  } catch (cause) {
    const message = `the CA file ${caFile} of the cluster cannot be read`
    throw new OpsError('CLUSTER_TLS', {
      message,
      hint: `check the path and its permissions: ls -l ${caFile}`,
      cause,
    })
  }
}

/** The client keeps only the text of an error, so the kind of failure is read from Node's own wording. */
const untrusted = /certificate|altnames|SSL routines|EPROTO|wrong version number|self.signed/i
const unsent =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|Connect Timeout|before secure TLS/i

function describeFailure(thrown: unknown, signal: AbortSignal): Reply {
  const problem = thrown instanceof Error ? thrown.message : String(thrown)
  if (thrown instanceof errors.ProductNotSupportedError)
    return {
      kind: 'answer',
      status: 501,
      body: { error: 'this is no Elasticsearch: the product header is missing' },
    }
  if (thrown instanceof errors.DeserializationError)
    return { kind: 'answer', status: 501, body: { error: 'the answer is not JSON' } }
  if (signal.aborted) return { kind: 'lost', problem: 'no answer in time' }
  if (untrusted.test(problem)) return { kind: 'untrusted', problem }
  // Several addresses of one name that all refuse make an error without words.
  if (problem === '' || unsent.test(problem))
    return { kind: 'unsent', problem: problem || 'connection refused' }
  return { kind: 'lost', problem }
}
