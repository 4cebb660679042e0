// The lines of a file that come and go, one sentence each, for a plan. Pure.
import type { InventoryPreview } from '#sdk'
import { changedLines } from '../add-node/say-diff.ts'

export const sayDiff = ({ file, diff }: Pick<InventoryPreview, 'file' | 'diff'>): readonly string[] =>
  changedLines(diff).map(line => `${file}: ${line}`)
