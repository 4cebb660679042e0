// A secret as it is carried through `ops`: it can be used, and neither printed nor journalled by accident. It must never turn itself into
// text unless it is asked to by `reveal`.

const shown = '[secret]'

export class SecretText {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** For the one who sends it to a server or writes it into a 0600 file. */
  reveal(): string {
    return this.#text
  }

  equals(other: SecretText): boolean {
    return this.#text === other.#text
  }

  toString(): string {
    return shown
  }

  toJSON(): string {
    return shown
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return shown
  }
}
