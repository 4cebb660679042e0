// The copies on one broker, largest first, and the one that fits a wish best. Copies that have left are passed over.
import type { Layout } from './layout.ts'
import { at } from './numbers.ts'

export class SlotsBySize {
  readonly #layout: Layout
  readonly #broker: number
  readonly #slots: readonly number[]
  readonly #sizes: readonly number[]
  /** Before it there is nothing left. */
  #first = 0

  constructor(layout: Layout, broker: number, slots: readonly number[]) {
    this.#layout = layout
    this.#broker = broker
    this.#slots = slots.toSorted((a, b) => layout.bytesOf(b) - layout.bytesOf(a) || a - b)
    this.#sizes = this.#slots.map(slot => layout.bytesOf(slot))
  }

  /** The largest of at most that many bytes that pleases. */
  largestWithin(bytes: number, pleases: (slot: number) => boolean): number | null {
    while (this.#first < this.#slots.length && !this.#isHere(this.#first)) this.#first += 1
    for (let place = Math.max(this.#first, this.#search(bytes)); place < this.#slots.length; place++) {
      const slot = this.#slots[place]
      if (slot !== undefined && this.#isHere(place) && pleases(slot)) return slot
    }
    return null
  }

  /** The smallest of more than that many bytes, and at most `most`, that pleases. */
  smallestAbove(bytes: number, most: number, pleases: (slot: number) => boolean): number | null {
    for (let place = this.#search(bytes) - 1; place >= this.#first; place--) {
      if ((this.#sizes[place] ?? 0) > most) return null
      const slot = this.#slots[place]
      if (slot !== undefined && this.#isHere(place) && pleases(slot)) return slot
    }
    return null
  }

  #isHere(place: number): boolean {
    return at(this.#layout.holders, this.#slots[place] ?? 0) === this.#broker
  }

  /** The first place with at most that many bytes. */
  #search(bytes: number): number {
    let low = 0
    let high = this.#sizes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#sizes[middle] ?? 0) <= bytes) high = middle
      else low = middle + 1
    }
    return low
  }
}
