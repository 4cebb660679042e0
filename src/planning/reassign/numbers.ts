// Reads and writes of typed arrays at places that are known to be there.

type Numbers = Float64Array | Int32Array | Uint8Array

export const at = (numbers: Numbers, index: number): number => numbers[index] as number

export function add(numbers: Numbers, index: number, amount: number): void {
  numbers[index] = (numbers[index] as number) + amount
}
