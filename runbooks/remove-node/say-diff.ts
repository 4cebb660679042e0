// The lines of a file that come and go, one sentence each, for a plan. Pure.
import type { InventoryPreview } from '#sdk'

export const sayDiff = ({ file, diff }: Pick<InventoryPreview, 'file' | 'diff'>): readonly string[] =>
  diff
    .split('\n')
    .filter(line => /^[+-]/.test(line) && !/^(\+\+\+|---)/.test(line))
    .map(line => `${file}: ${line}`)
