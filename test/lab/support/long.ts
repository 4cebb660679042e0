// Repetitions of one kind on real servers: `npm test` plays a few of them, `sh test/run.sh --long` plays all.
export const isLong = process.env.OPS_TEST_LONG === '1'

/** All of them, or `few` spread evenly from the first to the last. */
export function choose<T>(all: readonly T[], few: number): readonly T[] {
  if (isLong || all.length <= few) return all
  return Array.from({ length: few }, (_, at) => all[Math.round((at * (all.length - 1)) / (few - 1))] as T)
}

/** A case of which the others of its kind are enough for every day. */
export const itLong: (title: string, play: () => Promise<void>) => void = (title, play) => {
  if (isLong) it(title, play)
}
