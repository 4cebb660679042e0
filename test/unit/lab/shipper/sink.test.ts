// The sink of the shipper against a server of its own: what it does with one that does not let it in, and from where it comes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { makeAuthority, signCertificate } from '../../../../src/lab/certificates.ts'
import { labPaths } from '../../../../src/lab/paths.ts'
import { zeroCounters } from '../../../../src/lab/shipper/counters.ts'
import { readLogin } from '../../../../src/lab/shipper/settings.ts'
import { openSink } from '../../../../src/lab/shipper/sink.ts'
import { makeDirectory } from '../fake-lab.ts'

const document = { id: '1', index: 'crm.app-2025.01.01', source: { message: 'text' } }

describe('the sink of the shipper', () => {
  const directory = makeDirectory()
  const paths = labPaths(directory.path)
  const credentialsFile = join(directory.path, 'credentials.json')
  const seen: { from: string; user: string }[] = []
  let server: Server
  let refuse = 0
  const sink = () => ({
    kind: 'elasticsearch' as const,
    urls: [`https://127.0.0.1:${(server.address() as AddressInfo).port}`],
    caFile: paths.caFile,
    login: { credentialsFile },
  })

  before(async () => {
    await makeAuthority(paths)
    mkdirSync(paths.secrets)
    const signed = { name: 'server', address: '127.0.0.1', directory: paths.secrets }
    const { keyFile, certFile } = await signCertificate(paths, signed)
    const pair = { key: readFileSync(keyFile), cert: readFileSync(certFile) }
    server = createServer(pair, (request, response) => {
      const login = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString()
      seen.push({ from: request.socket.remoteAddress ?? '', user: login.split(':')[0] ?? '' })
      const refused = refuse-- > 0
      request.resume().on('end', () => {
        response.writeHead(refused ? 401 : 200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(refused ? { status: 401 } : { items: [{ create: { status: 201 } }] }))
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  })
  after(() => {
    server.close()
    server.closeAllConnections()
    directory[Symbol.dispose]()
  })

  it('counts a 401 as such and tries again until it is let in; nothing is refused for good', async () => {
    writeFileSync(credentialsFile, '{"username": "logstash_a", "password": "of-the-test"}')
    const counters = zeroCounters()
    refuse = 2
    using opened = openSink({ sink: sink(), address: '127.0.9.71' }, counters)
    await opened.write([document], async () => {})
    expect(counters).to.deep.include({ refused: 0, retried: 2, responses: { 200: 1, 401: 2 } })
  })

  it('comes from the address of its own host, as the user of its file', () => {
    expect(seen).to.have.length(3)
    for (const one of seen) expect(one).to.deep.equal({ from: '127.0.9.71', user: 'logstash_a' })
  })

  it('gives up a 401 only when it is told to end', async () => {
    refuse = 1000
    let breaths = 0
    const counters = zeroCounters()
    using opened = openSink({ sink: sink(), address: '127.0.9.71' }, counters)
    const ended = await opened
      .write([document], async () => {
        if (++breaths > 3) throw new Error('stopped')
      })
      .catch(error => (error as Error).message)
    expect(ended).to.equal('stopped')
    expect(counters).to.deep.include({ refused: 0, retried: 3, responses: { 401: 3 } })
  })

  it('does not start with a file of credentials that is damaged, and says nothing of what stands in it', () => {
    for (const text of ['{"username": "logstash_a", "passw', '{"username": "of-the-test"}', '']) {
      writeFileSync(credentialsFile, text)
      expect(() => readLogin(sink()), text)
        .to.throw(credentialsFile)
        .and.satisfy(
          (error: Error & { code: string }) =>
            error.code === 'CONFIG_INVALID' &&
            !JSON.stringify({ ...error, text: error.stack }).includes('of-the-test'),
        )
    }
  })
})
