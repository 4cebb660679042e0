// Knows every secret that was read and takes it out of whatever leaves the process. It must never log what it knows.

/** Shorter values would blank out half of the text; nothing that short is accepted as a secret. */
const shortestSecret = 4
const mark = '[redacted]'

export class Redactor {
  readonly #forms = new Set<string>()
  #ordered: readonly string[] = []

  /** Registers a secret in every form in which it may turn up: plain, JSON-escaped, URL-encoded, base64. */
  register(secret: string): string {
    if (secret.length < shortestSecret) return secret
    for (const form of [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
    ])
      this.#forms.add(form)
    this.#ordered = [...this.#forms].sort((a, b) => b.length - a.length)
    return secret
  }

  /** User and password as HTTP basic authentication carries them. A key may be written with its id before it, or so encoded already. */
  registerPair(user: string, password: string): void {
    const begin = `${user}:`
    const forms = [password, Buffer.from(password, 'base64').toString('utf8')]
    const bare = forms.find(form => form.startsWith(begin))?.slice(begin.length) ?? password
    this.register(password)
    this.register(bare)
    this.register(Buffer.from(`${begin}${bare}`).toString('base64'))
  }

  text(text: string): string {
    let clean = text
    for (const form of this.#ordered) if (clean.includes(form)) clean = clean.replaceAll(form, mark)
    return clean
  }

  /** The same value with every string in it, keys included, redacted. */
  value<T>(value: T): T {
    if (this.#ordered.length === 0) return value
    return this.#walk(value) as T
  }

  #walk(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value)
    if (Array.isArray(value)) return value.map(item => this.#walk(item))
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [this.text(key), this.#walk(inner)]),
      )
    }
    return value
  }
}
