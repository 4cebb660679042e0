// Certificates as servers serve them: what a client would be shown at this moment, which is not always what lies in their files. Looking
// sends no request and no secret, and must never change anything. Times are epoch milliseconds.

/** A port that speaks TLS. */
export interface TlsEndpoint {
  readonly address: string
  readonly port: number
  /** Whom clients trust, on this machine; `null`: whom the machine trusts anyway. */
  readonly caFile: string | null
}

export interface ServedCertificate {
  readonly subject: string
  readonly issuer: string
  /** Hexadecimal, upper case, without colons. */
  readonly serial: string
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** Names and addresses that it is for. */
  readonly names: readonly string[]
}

export interface ServedAnswer {
  /** `null`: none was served. */
  readonly certificate: ServedCertificate | null
  /** Why a client would not go on: nobody answers, another authority, ended, not for this address. `null`: it would. */
  readonly problem: string | null
  /** When the authority of the CA file ends; `null` where there is none or it cannot be read. */
  readonly authorityEndsAtMs: number | null
}

export interface ServedCertificatesPort {
  /** Never throws for what a server does. */
  look(endpoint: TlsEndpoint): Promise<ServedAnswer>
}
