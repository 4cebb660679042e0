// How the secret of an API key stands in Vault and in files: the key alone, as `api_key` of the server's answer; `id:key`, as Logstash
// and Beats take it; or both in base64, as it goes into the header. What is rotated keeps the form that it has. Pure.
import type { Credential } from '../../../ports/credentials.ts'

type Form = 'alone' | 'pair' | 'encoded'

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

function formOf({ principal, secret }: Credential): Form {
  const text = secret.reveal()
  const begin = `${principal}:`
  if (text.startsWith(begin)) return 'pair'
  return Buffer.from(text, 'base64').toString('utf8').startsWith(begin) ? 'encoded' : 'alone'
}

/** What goes into the header. */
export function headerOf(credential: Credential): string {
  const text = credential.secret.reveal()
  const form = formOf(credential)
  if (form === 'encoded') return text
  return encode(form === 'pair' ? text : `${credential.principal}:${text}`)
}

/** A new key in the form of the one that it follows. */
export function writeLike(model: Credential | null, id: string, key: string): string {
  const form = model === null ? 'alone' : formOf(model)
  if (form === 'alone') return key
  return form === 'pair' ? `${id}:${key}` : encode(`${id}:${key}`)
}
