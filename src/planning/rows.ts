// Lists of small integers by row, packed into two typed arrays: 500,000 shares must not be 500,000 objects.

export class Rows {
  readonly starts: Uint32Array
  readonly values: Uint32Array

  constructor(starts: Uint32Array, values: Uint32Array) {
    this.starts = starts
    this.values = values
  }

  /** The values of one row: a view, not a copy. */
  row(index: number): Uint32Array {
    return this.values.subarray(this.starts[index], this.starts[index + 1])
  }

  size(index: number): number {
    return at(this.starts, index + 1) - at(this.starts, index)
  }

  /** The same pairs by value: row v lists, in rising order, the rows that hold v. */
  invert(valueCount: number): Rows {
    const starts = new Uint32Array(valueCount + 1)
    for (const value of this.values) add(starts, value + 1, 1)
    for (let value = 0; value < valueCount; value++) add(starts, value + 1, at(starts, value))

    const next = starts.slice()
    const values = new Uint32Array(this.values.length)
    for (let index = 0; index + 1 < this.starts.length; index++) {
      const end = at(this.starts, index + 1)
      for (let place = at(this.starts, index); place < end; place++) {
        const value = at(this.values, place)
        values[at(next, value)] = index
        add(next, value, 1)
      }
    }
    return new Rows(starts, values)
  }
}

type Numbers = Uint32Array | Int32Array | Uint8Array

/** An element that is known to be there. */
export function at(numbers: Numbers, index: number): number {
  return numbers[index] as number
}

export function add(numbers: Numbers, index: number, amount: number): void {
  numbers[index] = (numbers[index] as number) + amount
}
