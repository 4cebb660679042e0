// The vendor's client (node-vault) over our own wire: it knows the paths and verbs of Vault, the wire knows what was sent. It must not read
// the environment (VAULT_TOKEN, VAULT_ADDR, VAULT_SKIP_VERIFY, DEBUG), and no error of it leaves this file.
import type { ConnectOptions } from './options.ts'
import { openWire, WireFailure, type WireRequest } from './wire.ts'

export interface Call {
  readonly do: 'read' | 'list' | 'write' | 'update' | 'delete' | 'approleLogin'
  /** Without `/v1/`, every part encoded. */
  readonly path: string
  readonly data?: Readonly<Record<string, unknown>>
  /** It changes something: sent once, and what became of it is unknown where no answer comes. */
  readonly effect?: boolean
  readonly limitMs?: number
  /** Statuses that the caller understands although they are no success. */
  readonly accept?: readonly number[]
  /** Instead of the one of the session. */
  readonly token?: string
}

export type Reply =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  | { readonly kind: WireFailure['kind']; readonly problem: string }

export interface Client {
  send(call: Call): Promise<Reply>
  setToken(token: string | null): void
  readonly token: string | null
  close(): void
}

type Vendor = Awaited<ReturnType<typeof loadVendor>>

/** Loaded at the first request: a start of `ops` is to stay quick. */
async function loadVendor(url: string, send: (request: WireRequest) => Promise<unknown>) {
  const { default: nodeVault } = await import('node-vault')
  const vendor = nodeVault({
    endpoint: url,
    noCustomHTTPVerbs: true,
    'request-promise': { defaults: () => send },
    // It would write secrets wherever DEBUG=node-vault is set.
    debug: () => {},
  } as object)
  return Object.assign(vendor, { pathPrefix: '', namespace: '', token: '' })
}

export function openClient(options: ConnectOptions): Client {
  const wire = openWire(options)
  let token: string | null = null
  let vendor: Promise<Vendor> | undefined
  return {
    get token() {
      return token
    },
    setToken: given => {
      token = given
    },
    async send(call) {
      vendor ??= loadVendor(options.url, request => wire.send(request))
      const loaded = await vendor
      // Every request is built before the first wait, so nobody else's token gets into it.
      loaded.token = call.token ?? token ?? ''
      try {
        return { kind: 'answer', status: 200, body: await dispatch(loaded, call) }
      } catch (thrown) {
        if (thrown instanceof WireFailure) return { kind: thrown.kind, problem: thrown.message }
        const response = (thrown as { response?: { statusCode: number; body: unknown } }).response
        if (response === undefined) throw thrown
        return { kind: 'answer', status: response.statusCode, body: response.body }
      }
    },
    close: () => wire.close(),
  }
}

function dispatch(vendor: Vendor, { do: verb, path, data = {}, effect, limitMs }: Call): Promise<unknown> {
  const own = { ...(effect === undefined ? {} : { effect }), ...(limitMs === undefined ? {} : { limitMs }) }
  if (verb === 'approleLogin') return vendor.approleLogin({ ...data, requestOptions: own })
  if (verb === 'write' || verb === 'update') return vendor[verb](path, data, own)
  return vendor[verb](path, own)
}
