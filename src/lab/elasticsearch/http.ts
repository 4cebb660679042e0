// One request to one endpoint of the lab's cluster, with its CA and one of its users. It never tries again by itself: the
// caller has to know what became of each attempt.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { OpsError } from '../../errors/index.ts'
import { clientNodes, urlOf } from '../layout.ts'
import { type LabUser, passwordFile } from '../paths.ts'
import type { Lab } from '../state.ts'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: each caller reads the few fields it knows of an answer of the lab's own server
  readonly body: any
}

export interface Connection extends Disposable {
  /** Resolves with any answer, whatever its status; rejects when there is none. */
  send(url: string, method: string, path: string, body?: unknown, timeoutMs?: number): Promise<Answer>
  /** From whichever client node answers; throws where the answer is an error. */
  ask(method: string, path: string, body?: unknown, timeoutMs?: number): Promise<Answer['body']>
}

/** Where a cluster is, and who asks. */
export interface Endpoints {
  readonly urls: readonly string[]
  readonly caFile: string
  readonly username: string
  readonly passwordFile: string
}

/** The same with the password itself, and the address to ask from where that matters. */
export interface Caller {
  readonly urls: readonly string[]
  readonly caFile: string
  readonly username: string
  readonly password: string
  readonly localAddress?: string
}

export const connect = (lab: Pick<Lab, 'nodes' | 'paths'>, user: LabUser): Connection =>
  connectTo(endpointsOf(lab, user))

export const endpointsOf = (
  { nodes, paths }: Pick<Lab, 'nodes' | 'paths'>,
  username: LabUser,
): Endpoints => ({
  urls: clientNodes(nodes).map(urlOf),
  caFile: paths.caFile,
  username,
  passwordFile: passwordFile(paths, username),
})

export const connectTo = ({ passwordFile: file, ...rest }: Endpoints): Connection =>
  connectAs({ ...rest, password: readFileSync(file, 'utf8') })

export function connectAs({ urls, caFile, username, password, localAddress }: Caller): Connection {
  const from = localAddress ? { localAddress } : {}
  const agent = new Agent({ keepAlive: true, ca: readFileSync(caFile), maxSockets: 16, ...from })
  const auth = `${username}:${password}`
  const send: Connection['send'] = (url, method, path, body, timeoutMs = 60_000) =>
    sendOnce({ agent, auth, url: new URL(path, url), method, body, timeoutMs })
  const ask: Connection['ask'] = async (method, path, body, timeoutMs) => {
    let trouble: unknown
    for (const url of urls) {
      try {
        return understand(await send(url, method, path, body, timeoutMs), method, path)
      } catch (error) {
        if (error instanceof OpsError) throw error
        trouble = error
      }
    }
    throw new OpsError('CLUSTER_UNREACHABLE', {
      message: `no node of the lab answers ${method} ${path}: ${(trouble as Error).message}`,
      hint: 'ops lab status',
      cause: trouble,
    })
  }
  return { send, ask, [Symbol.dispose]: () => agent.destroy() }
}

function understand({ status, body }: Answer, method: string, path: string): Answer['body'] {
  if (status < 400) return body
  const said = body?.error?.reason ?? body?.error?.type ?? ''
  // 503: no master, or the cluster state is not there yet; 429: a queue is full.
  throw new OpsError(status === 503 || status === 429 ? 'CLUSTER_BUSY' : 'CLUSTER_REJECTED', {
    message: `the lab's cluster answers ${status} to ${method} ${path}: ${said}`,
    hint: 'ops lab status',
  })
}

/** The same connection, but what a cluster is only too busy for is asked again, up to a limit. */
export function patiently({ ask, ...rest }: Connection, patienceMs = 60_000): Connection {
  const patientAsk: Connection['ask'] = async (...question) => {
    for (const began = performance.now(); ; await sleep(500)) {
      try {
        return await ask(...question)
      } catch (error) {
        const busy = error instanceof OpsError && error.code === 'CLUSTER_BUSY'
        if (!busy || performance.now() - began > patienceMs) throw error
      }
    }
  }
  return { ...rest, ask: patientAsk }
}

interface Sent {
  readonly agent: Agent
  readonly auth: string
  readonly url: URL
  readonly method: string
  readonly body: unknown
  readonly timeoutMs: number
}

function sendOnce({ agent, auth, url, method, body, timeoutMs }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs)
    // A string is a body of lines, as the bulk API takes it.
    const lines = typeof body === 'string'
    const payload = body === undefined || lines ? body : JSON.stringify(body)
    const type = lines ? 'application/x-ndjson' : 'application/json'
    const headers =
      payload === undefined
        ? {}
        : { 'content-type': type, 'content-length': Buffer.byteLength(payload as string) }
    const call = request(url, { agent, method, auth, headers, signal }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        try {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) })
        } catch (error) {
          reject(error)
        }
      })
    })
    call.on('error', reject)
    call.end(payload)
  })
}
