// A local HTTP server that answers like Elasticsearch with whatever a test gives it, and remembers what it was asked. It
// proves how the adapter reads answers, never what a real server does.
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  type ConnectOptions,
  connectElasticsearch,
  type ElasticsearchConnection,
} from '../../../../src/adapters/elasticsearch/index.ts'

export interface Replay {
  readonly status?: number
  readonly body?: unknown
  /** Answers after this long. */
  readonly delayMs?: number
  /** Reads the request and closes the connection without an answer. */
  readonly hangUp?: boolean
}

/** By `METHOD /path` without the query; a function may look at the request. */
export type Routes = Record<string, Replay | ((asked: Asked) => Replay)>

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
  readonly authorization: string
  /** In whose name. */
  readonly runAs: string | null
}

export interface ReplayServer extends AsyncDisposable {
  readonly url: string
  readonly asked: Asked[]
  readonly routes: Routes
  count(route: string): number
}

export const root = (name: string, uuid = 'uuid-1'): Replay => ({
  body: { name, cluster_name: 'elk', cluster_uuid: uuid, version: { number: '8.10.4' } },
})

export async function serve(
  routes: Routes,
  name = 'node-1',
  tls?: { key: string; cert: string },
): Promise<ReplayServer> {
  const asked: Asked[] = []
  const all: Routes = { 'GET /': root(name), ...routes }
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
      const text = Buffer.concat(chunks).toString()
      const one: Asked = {
        method: request.method ?? '',
        path: decodeURIComponent(pathname.replace(/^\/+/, '/')),
        query: searchParams,
        body: text === '' ? undefined : JSON.parse(text),
        authorization: request.headers.authorization ?? '',
        runAs: (request.headers['es-security-runas-user'] as string | undefined) ?? null,
      }
      asked.push(one)
      const route = all[`${one.method} ${one.path}`]
      const answer = typeof route === 'function' ? route(one) : (route ?? noHandler(one))
      if (answer.hangUp) return void request.socket.destroy()
      setTimeout(() => {
        response.writeHead(answer.status ?? 200, {
          'content-type': 'application/json',
          'x-elastic-product': 'Elasticsearch',
        })
        response.end(JSON.stringify(answer.body ?? {}))
      }, answer.delayMs ?? 0)
    })
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  await listen(server)
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    asked,
    routes: all,
    count: route => asked.filter(({ method, path }) => `${method} ${path}` === route).length,
    [Symbol.asyncDispose]: () => close(server),
  }
}

/** What Elasticsearch says where it has no such API. */
const noHandler = ({ method, path }: Asked): Replay => ({
  status: 400,
  body: { error: `no handler found for uri [${path}] and method [${method}]` },
})

const listen = (server: Server) => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))

const close = (server: Server) =>
  new Promise<void>(resolve => {
    server.closeAllConnections()
    server.close(() => resolve())
  })

/** A port that nobody listens on. */
export async function deadUrl(): Promise<string> {
  const server = await serve({})
  await server[Symbol.asyncDispose]()
  return server.url
}

export const password = 'canary-of-the-password'

export function connectTo(
  urls: readonly string[],
  options: Partial<ConnectOptions> = {},
): ElasticsearchConnection & AsyncDisposable {
  const endpoints = urls.map((url, at) => ({ host: `host-${at + 1}`, url }))
  const connection = connectElasticsearch({
    endpoints,
    username: 'ops',
    password,
    requestTimeoutMs: 20_000,
    ...options,
  } as ConnectOptions)
  return { ...connection, [Symbol.asyncDispose]: () => connection.close() }
}
