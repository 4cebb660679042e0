// What comes into the inventory and goes from it, one sentence each, for a plan. Pure.
import type { InventoryPreview } from '#sdk'
import { changedLines } from '../add-node/say-diff.ts'

/** The lines of its diff; of a JSON file, whose diff is mostly brackets, the hosts. */
export const sayDiff = (
  { file, diff }: Pick<InventoryPreview, 'file' | 'diff'>,
  sign: '+' | '-',
  hosts: readonly string[],
): readonly string[] => {
  const lines = file.endsWith('.json') ? hosts.map(host => `${sign} ${host}`) : changedLines(diff)
  return lines.map(line => `${file}: ${line}`)
}
