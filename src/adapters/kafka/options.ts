// What is needed to reach one Kafka cluster. The caller has read the password and registered it for redaction; this folder
// must never print, log or keep it anywhere else.

export interface Endpoint {
  /** Inventory name of the host, for messages. */
  readonly host: string
  readonly address: string
  readonly port: number
  /** Id of the broker that is to be found there. */
  readonly nodeId: number | null
}

export interface ConnectOptions {
  /** In order of preference; at least two, so that a restart of one of them is survived. */
  readonly endpoints: readonly Endpoint[]
  /** TLS, with the PEM file of the CA that signed the brokers' certificates; without it the CAs of the system count. */
  readonly tls?: { readonly caFile?: string }
  /** SCRAM-SHA-512. */
  readonly sasl?: { readonly username: string; readonly password: string }
  /** Where the password came from, for the hint when it is refused. */
  readonly credentialsFrom?: string
  /** Cluster id that the inventory gives. Without it the first answer decides which cluster this is. */
  readonly clusterId?: string
  /** Longest wait for one answer of one broker; 10 s by default. */
  readonly requestTimeoutMs?: number
}

export const connectTimeoutMs = 3000
export const defaultTimeoutMs = 10_000
export const clientId = 'ops'
