// What is needed to reach one cluster. The caller has read the password and registered it for redaction; this folder
// must never print, log or keep it anywhere else.

export interface Endpoint {
  /** Inventory name of the host, for messages. */
  readonly host: string
  /** Such as `https://127.0.1.41:9200`. */
  readonly url: string
}

export type Login =
  | { readonly username: string; readonly password: string }
  | { readonly apiKey: string }
  /** A token of a service account. */
  | { readonly bearer: string }

export type ConnectOptions = Login & {
  /** In order of preference; at least two, so that a restart of one of them is survived. */
  readonly endpoints: readonly Endpoint[]
  /** PEM file of the CA that signed the certificates of the cluster; without it the CAs of the system count. */
  readonly caFile?: string
  /** Where the password or key came from (a variable, a file, a path in Vault), for the hint when it is refused. */
  readonly credentialsFrom?: string
  /** `cluster_name` that the inventory gives. */
  readonly clusterName?: string
  /** `cluster_uuid` that the inventory gives. Without it the first answer decides which cluster this is. */
  readonly clusterUuid?: string
  /** Longest wait for one answer of one endpoint; 10 s by default. */
  readonly requestTimeoutMs?: number
}
