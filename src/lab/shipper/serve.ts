// Serves a member's statistics by HTTP, at the path and in the shape of Logstash.
import { createServer, type Server } from 'node:http'

/** Resolves once it listens. */
export function serveStats(address: string, port: number, read: () => object): Promise<Server> {
  const server = createServer((request, response) => {
    const known = request.url?.split('?')[0]?.replace(/\/$/, '') === '/_node/stats/pipelines'
    const answer = known ? read() : { error: 'only /_node/stats/pipelines is here: this is no Logstash' }
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => resolve(server))
  })
}
