// The nearest word to a typo, for what commander does not know: runbooks and runs.

/** The closest of `words` within a third of its letters, or null. */
export function nearest(typed: string, words: readonly string[]): string | null {
  const scored = words
    .map(word => ({ word, distance: distance(typed, word) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = scored
  return best !== undefined && best.distance <= Math.max(2, best.word.length / 3) ? best.word : null
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap))
    }
    row = next
  }
  return row[b.length] ?? 0
}
