// A text of an inventory, in whichever of the formats it is.
import type { InventoryChange, InventoryEntry } from '../../ports/inventory-file.ts'
import { readJson } from './json-text.ts'
import { readYaml } from './yaml-text.ts'

export interface InventoryText {
  readonly content: string
  readonly entries: readonly InventoryEntry[]
  /** The same text with the change; itself where that changes nothing. @throws OpsError INVENTORY_INVALID */
  apply(change: InventoryChange): InventoryText
}

/** @throws OpsError INVENTORY_INVALID */
export function readText(content: string, file: string): InventoryText {
  return content.trimStart().startsWith('{') ? readJson(content, file) : readYaml(content, file)
}
