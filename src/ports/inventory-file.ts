// The inventory as it stands on disk, changed host by host, comments and order kept. It must never write a secret, and never a file
// that is another than the one that was looked at.

/** A host as it is, or would be, in the inventory: the groups it stands in directly, and variables of its own. */
export interface InventoryEntry {
  readonly name: string
  readonly groups: readonly string[]
  readonly vars: Readonly<Record<string, string | number | boolean>>
}

export type InventoryChange =
  | { readonly do: 'add'; readonly entry: InventoryEntry }
  | { readonly do: 'remove'; readonly name: string }

export interface InventoryPreview {
  /** The file that would be written, relative to the checkout where it is in there. */
  readonly file: string
  /** SHA-256 (hex) of the file as it is now. */
  readonly sha256: string
  /** Unified diff; empty where nothing would change. */
  readonly diff: string
}

export interface InventoryFilePort {
  /** Hosts as they stand in the file; group variables are not looked at. @throws OpsError INVENTORY_INVALID */
  entries(): Promise<readonly InventoryEntry[]>
  /** Changes nothing. A change that is there already changes nothing. @throws OpsError INVENTORY_INVALID where it cannot be written by `ops` */
  preview(changes: readonly InventoryChange[]): Promise<InventoryPreview>
  /** Atomically. @throws OpsError PLAN_CHANGED when the file is not the one with `sha256` */
  write(changes: readonly InventoryChange[], sha256: string): Promise<void>
}
