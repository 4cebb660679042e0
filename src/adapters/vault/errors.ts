// What a reply that is no success means to the operator. The only place that turns answers of Vault into OpsErrors; it must never put a
// token, a secret or a whole answer into one.
import { OpsError } from '#errors'
import type { Call, Reply } from './client.ts'

type Answer = Extract<Reply, { kind: 'answer' }>

/** The request as people know it from `vault read` and the audit log. */
export const nameCall = ({ do: verb, path }: Call): string => `${verb} ${path}`

/** Vault's own words, with whatever we have sent taken out of them. */
export function readReason({ body }: Answer, { data }: Pick<Call, 'data'> = {}): string {
  const errors = (body as { errors?: unknown } | null | undefined)?.errors
  const words = Array.isArray(errors) ? errors.map(String).join('; ') : ''
  return textsOf(data)
    .reduce((text, sent) => text.replaceAll(sent, '[secret]'), words)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 200)
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.length >= 4 ? [value] : []
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : []
}

/** Of a reply that did not come from Vault at all. */
export function noAnswer(call: Call, host: string, { kind, problem }: Exclude<Reply, Answer>): OpsError {
  if (kind === 'lost' && call.effect)
    return new OpsError('OUTCOME_UNKNOWN', {
      message: `${nameCall(call)} was sent to Vault (${host}) and not answered (${problem})`,
      hint: 'read what is there now before anything is sent again',
    })
  const message = `Vault (${host}) does not answer ${nameCall(call)}: ${problem}`
  if (kind === 'untrusted')
    return new OpsError('VAULT_UNREACHABLE', {
      message,
      hint: 'check vault_ca_file of the inventory and the certificate of Vault',
      next: 'stop',
    })
  return new OpsError('VAULT_UNREACHABLE', {
    message,
    hint: `check that Vault runs on ${host} and that this host reaches it`,
  })
}

/** Nobody can be served now, whoever asks; `null` where that is not what the answer says. */
export function closedDoor(call: Call, host: string, answer: Answer): OpsError | null {
  const { status } = answer
  const reason = readReason(answer, call)
  if (status === 503 && !/seal|initiali[sz]ed/i.test(reason))
    return noAnswer(call, host, { kind: 'unsent', problem: reason || 'HTTP 503' })
  if (status === 503)
    return new OpsError('VAULT_SEALED', {
      message: `Vault (${host}) is sealed, or not initialised`,
      hint: `unseal it on ${host}: vault operator unseal`,
    })
  const quota = status === 429 && /quota/i.test(reason)
  if (
    quota ||
    (status >= 500 && /not active|no active/i.test(reason)) ||
    [307, 429, 472, 473].includes(status)
  )
    return new OpsError(quota ? 'VAULT_REJECTED' : 'VAULT_STANDBY', {
      message: quota
        ? `Vault (${host}) answers no more requests for now: ${reason}`
        : `Vault (${host}) is not the active one (HTTP ${status})`,
      hint: quota
        ? 'wait a moment, or raise its rate limit'
        : 'give the address of the active one, or wait for one',
      next: 'wait',
    })
  return null
}

export function rejected(call: Call, host: string, answer: Answer): OpsError {
  const { status } = answer
  const reason = readReason(answer, call)
  // Vault may fail after it has written: what it did is to be looked up.
  if (status >= 500 && call.effect) return noAnswer(call, host, { kind: 'lost', problem: `HTTP ${status}` })
  if (/check-and-set parameter did not match/.test(reason))
    return new OpsError('VAULT_CONFLICT', {
      message: `somebody else has written meanwhile: ${nameCall(call)} was refused (${reason})`,
      hint: 'look who it was (vault kv metadata get, audit log), then plan again',
    })
  if (/unsupported operation|unsupported path/.test(reason) || status === 405)
    return new OpsError('UNSUPPORTED', {
      message: `Vault (${host}) does not have ${nameCall(call)} (HTTP ${status}): ${reason}`,
      hint: 'ops is made for Vault 1.12 and newer with KV v2',
    })
  return new OpsError('VAULT_REJECTED', {
    message: `Vault (${host}) rejected ${nameCall(call)} (HTTP ${status})${reason === '' ? '' : `: ${reason}`}`,
    hint: 'see the reason above; the audit log of Vault has more',
  })
}

export function forbidden(call: Call): OpsError {
  return new OpsError('VAULT_FORBIDDEN', {
    message: `the policies of ops in Vault do not allow ${nameCall(call)}`,
    hint: `add ${call.path} with what is needed to its policy (see roles/vault/files/policies.json)`,
  })
}

export function refusedLogin(host: string, why: string, from: string | undefined): OpsError {
  return new OpsError('VAULT_AUTH', {
    message: `Vault (${host}) refuses ${why}`,
    hint: `check ${from ?? 'the login that the inventory names'}`,
  })
}
