// Is this one like those before it? Pure. It accepts and refuses nothing: what looks odd is a remark for a person.

const drop = 0.5
const slow = 3
/** Fewer say little of what is usual. */
const fewest = 3

export function explainOddities(
  now: { readonly bytes: number; readonly seconds: number },
  earlierBytes: readonly number[],
  usualSeconds: number | null,
): readonly string[] {
  const usual = earlierBytes.length < fewest ? null : medianOf(earlierBytes)
  const fallen = usual !== null && usual > 0 && now.bytes < drop * usual
  const long = usualSeconds !== null && usualSeconds > 0 && now.seconds > slow * Math.max(10, usualSeconds)
  return [
    ...(fallen
      ? [
          `it holds ${Math.round((now.bytes / usual) * 100)} % of what earlier ones hold: is a source missing?`,
        ]
      : []),
    ...(long ? [`it took ${Math.round(now.seconds)} s, earlier ones ${Math.round(usualSeconds)} s`] : []),
  ]
}

function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
