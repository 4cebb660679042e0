// Begins a handshake with a server, takes down the certificate that it shows, and hangs up. It must never go on to talk to a server whose
// certificate was not checked.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import type {
  ServedAnswer,
  ServedCertificate,
  ServedCertificatesPort,
  TlsEndpoint,
} from '../../ports/served-certificates.ts'

const usualTimeoutMs = 10_000

export const systemServedCertificates = (timeoutMs = usualTimeoutMs): ServedCertificatesPort => ({
  look: async endpoint => {
    const authority = await readAuthority(endpoint.caFile)
    if ('problem' in authority) {
      const { certificate } = await shakeHands(endpoint, undefined, timeoutMs)
      return { certificate, problem: authority.problem, authorityEndsAtMs: null }
    }
    const answer = await shakeHands(endpoint, authority.pem, timeoutMs)
    return { ...answer, authorityEndsAtMs: authority.endsAtMs }
  },
})

type Authority =
  | { readonly pem: string | undefined; readonly endsAtMs: number | null }
  | { readonly problem: string }

async function readAuthority(file: string | null): Promise<Authority> {
  if (file === null) return { pem: undefined, endsAtMs: null }
  try {
    const pem = await readFile(file, 'utf8')
    return { pem, endsAtMs: Date.parse(new X509Certificate(pem).validTo) }
  } catch (thrown) {
    return { problem: `the CA file ${file} cannot be read: ${(thrown as Error).message}` }
  }
}

type Handshake = Pick<ServedAnswer, 'certificate' | 'problem'>

function shakeHands(
  { address, port }: TlsEndpoint,
  ca: string | undefined,
  timeoutMs: number,
): Promise<Handshake> {
  const { promise, resolve } = Promise.withResolvers<Handshake>()
  // Let through whatever it is, so that a certificate that is not trusted can be named; nothing is ever sent.
  const socket = connect({
    ...{ host: address, port, rejectUnauthorized: false },
    ...(ca === undefined ? {} : { ca }),
  })
  const end = (answer: Handshake): void => {
    clearTimeout(timer)
    resolve(answer)
    socket.destroy()
  }
  const where = `${address}:${port}`
  const timer = setTimeout(
    () => end({ certificate: null, problem: `${where} has not answered within ${timeoutMs / 1000} s` }),
    timeoutMs,
  )
  socket.once('secureConnect', () => end(readHandshake(socket, where)))
  // Stays: what comes after the end must not be thrown at anybody.
  socket.on('error', thrown =>
    end({ certificate: null, problem: `no TLS with ${where}: ${thrown.message.trim()}` }),
  )
  socket.once('close', () => end({ certificate: null, problem: `${where} has hung up` }))
  return promise
}

function readHandshake(socket: TLSSocket, where: string): Handshake {
  const shown = socket.getPeerCertificate()
  // What Node answers where there is none.
  if (shown.raw === undefined) return { certificate: null, problem: `${where} shows no certificate` }
  const reason = socket.authorizationError as unknown
  const problem = socket.authorized ? null : reason instanceof Error ? reason.message : String(reason)
  return { certificate: describe(shown), problem }
}

const describe = ({ raw }: PeerCertificate): ServedCertificate => {
  const { subject, issuer, serialNumber, validFrom, validTo, subjectAltName = '' } = new X509Certificate(raw)
  return {
    subject: oneLine(subject ?? ''),
    issuer: oneLine(issuer ?? ''),
    serial: serialNumber.toUpperCase(),
    notBeforeMs: Date.parse(validFrom),
    notAfterMs: Date.parse(validTo),
    names: subjectAltName === '' ? [] : subjectAltName.split(', ').map(one => one.replace(/^[^:]+:/, '')),
  }
}

/** `CN=a, O=b` of a name that is one part a line. */
const oneLine = (name: string): string => name.split('\n').join(', ')
