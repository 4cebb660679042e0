// Servers that show certificates, in memory. What is in a server's files and what it serves are two things, as they are in the world.
import type {
  ServedAnswer,
  ServedCertificate,
  ServedCertificatesPort,
  TlsEndpoint,
} from '../../../src/ports/served-certificates.ts'

interface Server {
  certificate: ServedCertificate
  problem: string | null
  isUp: boolean
}

const dayMs = 86_400_000

export class FakeServedCertificates implements ServedCertificatesPort {
  readonly #servers = new Map<string, Server>()
  #serials = 0xa0
  authorityEndsAtMs: number | null = null

  /** A server begins to serve a certificate, or another one than before. */
  serve(where: string, notAfterMs: number, given: Partial<ServedCertificate> = {}): string {
    this.#serials += 1
    const serial = this.#serials.toString(16).toUpperCase()
    const certificate: ServedCertificate = {
      ...{ subject: `CN=${where}`, issuer: 'CN=test CA', serial, names: [where] },
      ...{ notBeforeMs: notAfterMs - 825 * dayMs, notAfterMs },
      ...given,
    }
    this.#servers.set(where, { certificate, problem: null, isUp: true })
    return certificate.serial
  }

  /** What clients would say of its certificate. */
  refuse(where: string, problem: string): void {
    this.#server(where).problem = problem
  }

  stop(where: string): void {
    this.#server(where).isUp = false
  }

  serialOf(where: string): string {
    return this.#server(where).certificate.serial
  }

  async look({ address, port }: TlsEndpoint): Promise<ServedAnswer> {
    const where = `${address}:${port}`
    const found = this.#servers.get(where)
    const { authorityEndsAtMs } = this
    if (!found?.isUp)
      return { certificate: null, problem: `connect ECONNREFUSED ${where}`, authorityEndsAtMs }
    return { certificate: found.certificate, problem: found.problem, authorityEndsAtMs }
  }

  #server(where: string): Server {
    const found = this.#servers.get(where)
    if (found === undefined) throw new Error(`nobody serves ${where}`)
    return found
  }
}
