// What taking hosts out would change in the inventory. Changes nothing.
import { type InventoryPreview, type Look, toOpsError } from '#sdk'

/** An inventory that a program makes cannot be written here: a gate says so. */
export async function previewRemoval(
  { inventoryFile }: Look,
  targets: readonly string[],
): Promise<{ readonly written: InventoryPreview | null; readonly writeProblem: string | null }> {
  try {
    const changes = targets.map(name => ({ do: 'remove' as const, name }))
    return { written: await inventoryFile.preview(changes), writeProblem: null }
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (code === 'BUG') throw thrown
    return { written: null, writeProblem: message }
  }
}
