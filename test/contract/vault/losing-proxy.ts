// A proxy with TLS of its own between a client and a real Vault, which can lose a write or its answer, as networks do.
import { readFileSync } from 'node:fs'
import type http from 'node:http'
import https from 'node:https'

/** `answer`: Vault has done it, and nobody hears. `request`: Vault never gets it. `hang`: it is kept waiting for ever. */
type Loss = 'answer' | 'request' | 'hang'

export interface LosingProxy {
  readonly requests: readonly string[]
  /** For the next request whose method is no GET and whose path has this in it. */
  lose(what: Loss, path: string): void
  /** Every request is sent on to another address, as a standby without forwarding does. */
  redirectTo(url: string | null): void
  open(): Promise<void>
  close(): Promise<void>
}

interface Options {
  readonly listen: { readonly host: string; readonly port: number }
  readonly target: { readonly host: string; readonly port: number }
  readonly caFile: string
  readonly keyFile: string
  readonly certFile: string
}

export async function openLosingProxy({
  listen,
  target,
  caFile,
  keyFile,
  certFile,
}: Options): Promise<LosingProxy> {
  const ca = readFileSync(caFile)
  const requests: string[] = []
  let next: { readonly what: Loss; readonly path: string } | null = null
  let elsewhere: string | null = null
  const server = https.createServer(
    { key: readFileSync(keyFile), cert: readFileSync(certFile) },
    (request, response) => {
      const { method = 'GET', url = '/', headers } = request
      requests.push(`${method} ${url}`)
      if (elsewhere !== null) return void response.writeHead(307, { location: `${elsewhere}${url}` }).end()
      const loss = next !== null && method !== 'GET' && url.includes(next.path) ? next.what : null
      if (loss !== null) next = null
      if (loss === 'hang') return void request.resume()
      if (loss === 'request') return void request.resume().on('end', () => request.socket.destroy())
      const upstream = https.request({ ...target, method, path: url, headers, ca, agent: false }, answer => {
        if (loss === 'answer') return void answer.resume().on('end', () => request.socket.destroy())
        response.writeHead(answer.statusCode ?? 0, answer.headers)
        answer.pipe(response)
      })
      upstream.on('error', () => request.socket.destroy())
      request.pipe(upstream)
    },
  )
  const open = () => new Promise<void>(resolve => server.listen(listen.port, listen.host, resolve))
  await open()
  return {
    requests,
    open,
    lose: (what, path) => {
      next = { what, path }
    },
    redirectTo: url => {
      elsewhere = url
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        ;(server as http.Server).closeAllConnections()
      }),
  }
}
