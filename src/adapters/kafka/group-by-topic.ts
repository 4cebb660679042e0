// Rows about partitions, by topic, in the order in which topics come first.
export function groupByTopic<T extends { readonly topic: string }>(
  rows: readonly T[],
): readonly (readonly [string, readonly T[]])[] {
  return [...Map.groupBy(rows, ({ topic }) => topic)]
}
