// What the inventory will get, for people. Pure.
import type { InventoryPreview } from '#sdk'
import { entryOf, type NewHost } from './wanted.ts'

/** The lines of its diff; of a JSON file, whose diff is mostly brackets, a sentence for each host. */
export function sayDiff({
  preview: { file, diff },
  wanted,
}: {
  readonly preview: InventoryPreview
  readonly wanted: readonly NewHost[]
}): readonly string[] {
  if (file.endsWith('.json')) return wanted.map(host => `${file}: + ${sayEntry(host)}`)
  return changedLines(diff).map(line => `${file}: ${line[0]} ${line.slice(1).trim()}`)
}

/** Lines of a unified diff that come and go, with their sign. */
export const changedLines = (diff: string): readonly string[] =>
  diff.split('\n').filter(line => /^[+-]/.test(line) && !/^(\+\+\+|---)/.test(line))

const sayEntry = (host: NewHost): string =>
  `${host.name} in ${host.group}, ${Object.entries(entryOf(host).vars)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}`
