// The terminal while the live display has it: listr2 holds back what others write until the end. It must always be
// given back, with its cursor.
import type { WriteStream } from 'node:tty'
import { cleanseAnsi, ProcessOutput } from 'listr2'

export class Terminal extends ProcessOutput {
  readonly #stream: WriteStream
  #lastHeld = ''

  constructor(stream: WriteStream) {
    super(stream, stream)
    this.#stream = stream
  }

  /** The last text that somebody else wrote and that is being held back. */
  get lastHeld(): string {
    return this.#lastHeld
  }

  override hijack(): void {
    super.hijack()
    const hold = this.#stream.write.bind(this.#stream)
    this.#stream.write = (chunk: string | Uint8Array, ...rest: never[]): boolean => {
      this.#lastHeld = cleanseAnsi(String(chunk)) || this.#lastHeld
      return hold(chunk, ...rest)
    }
  }

  /** For an exit that nobody saw coming. */
  readonly restore = (): void => {
    if (this.active) this.release()
  }
}
