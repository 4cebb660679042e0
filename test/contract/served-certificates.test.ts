// The look at served certificates, against servers of this process on loopback with certificates that are made for it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TlsOptions, type Server as TlsServer } from 'node:tls'
import { expect } from 'chai'
import { systemServedCertificates } from '../../src/adapters/system/served-certificates.ts'

const dayMs = 86_400_000

describe('the look at served certificates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ops-served-'))
  const file = (name: string): string => join(folder, name)
  const servers: Server[] = []
  const sockets = new Set<Socket>()

  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

  const makeAuthority = (name: string): void =>
    openssl(
      ...['req', '-x509', ...key, '-days', '900', '-subj', `/O=ops test/CN=${name}`],
      ...['-keyout', `${name}.key`, '-out', `${name}.crt`],
    )

  function sign(
    name: string,
    by: string,
    serial: string,
    days: readonly string[],
    names: string,
  ): TlsOptions {
    writeFileSync(file('ext'), `subjectAltName=${names}\n`)
    openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.crt`, '-CAkey', `${by}.key`],
      ...['-set_serial', serial, ...days, '-extfile', 'ext', '-out', `${name}.crt`],
    )
    return { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.crt`)) }
  }

  async function listen<T extends Server>(server: T): Promise<number> {
    servers.push(server)
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  const look = (port: number, caFile: string | null = file('ca.crt'), timeoutMs?: number) =>
    systemServedCertificates(timeoutMs).look({ address: '127.0.0.1', port, caFile })

  const loopback = 'DNS:node01,IP:127.0.0.1'
  let good: TlsOptions

  before(function () {
    this.timeout(60_000)
    makeAuthority('ca')
    makeAuthority('other')
    good = sign('node01', 'ca', '0x0a1b2c', ['-days', '90'], loopback)
  })

  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    for (const server of servers.splice(0)) await new Promise(resolve => server.close(resolve))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('says whose it is, who has issued it, its serial and its end', async () => {
    const { certificate, problem, authorityEndsAtMs } = await look(await listen(createServer(good)))
    expect(problem).to.equal(null)
    expect(certificate).to.include({ subject: 'CN=node01', issuer: 'O=ops test, CN=ca', serial: '0A1B2C' })
    expect(certificate?.names).to.deep.equal(['node01', '127.0.0.1'])
    expect((certificate?.notAfterMs ?? 0) - Date.now()).to.be.within(89 * dayMs, 90 * dayMs)
    expect((authorityEndsAtMs ?? 0) - Date.now()).to.be.within(899 * dayMs, 900 * dayMs)
  })

  it('names a certificate that clients would not accept, and why', async () => {
    const foreign = sign('foreign', 'other', '7', ['-days', '90'], loopback)
    const ended = sign('ended', 'ca', '8', ['-days', '-1'], loopback)
    const elsewhere = sign('elsewhere', 'ca', '9', ['-days', '90'], 'IP:192.0.2.7')
    const cases = [
      [foreign, /UNABLE_TO_VERIFY_LEAF_SIGNATURE|unable to verify/, '07'],
      [ended, /CERT_HAS_EXPIRED|expired/, '08'],
      [elsewhere, /127\.0\.0\.1 is not in the cert's list|ALTNAME/, '09'],
    ] as const
    for (const [options, says, serial] of cases) {
      const { certificate, problem } = await look(await listen(createServer(options)))
      expect(problem).to.match(says)
      expect(certificate?.serial).to.equal(serial)
    }
  })

  it('sees a new one as soon as it is served', async () => {
    const server: TlsServer = createServer(good)
    const port = await listen(server)
    expect((await look(port)).certificate?.serial).to.equal('0A1B2C')
    server.setSecureContext(sign('node01', 'ca', '0x77', ['-days', '90'], loopback))
    expect((await look(port)).certificate?.serial).to.equal('77')
  })

  it('sees it although the server wants a certificate of its clients', async () => {
    const options = { ...good, requestCert: true, rejectUnauthorized: true, ca: readFileSync(file('ca.crt')) }
    const { certificate, problem } = await look(await listen(createServer(options)))
    expect(certificate?.serial).to.equal('0A1B2C')
    expect(problem).to.equal(null)
  })

  it('shows the certificate although its CA file is not there', async () => {
    const { certificate, problem } = await look(await listen(createServer(good)), file('nowhere.crt'))
    expect(problem).to.match(/nowhere\.crt cannot be read/)
    expect(certificate?.serial).to.equal('0A1B2C')
  })

  it('says so where nobody listens, where nobody answers, and where no TLS is spoken', async () => {
    const gone = createPlainServer()
    const port = await listen(gone)
    await new Promise(resolve => gone.close(resolve))
    servers.splice(0)
    expect((await look(port)).problem).to.match(/^no TLS with 127\.0\.0\.1:\d+: .*ECONNREFUSED/)
    const silent = await look(await listen(createPlainServer()), null, 200)
    expect(silent).to.include({ certificate: null, authorityEndsAtMs: null })
    expect(silent.problem).to.match(/has not answered within 0.2 s/)
    const plain = createPlainServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect((await look(await listen(plain))).problem).to.match(/^no TLS with|has hung up/)
  })
})
