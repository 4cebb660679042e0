// Variables of a host as the inventory has them: text that is there, or not. It never gives a default.
import { OpsError } from '../errors/index.ts'
import type { Inventory, InventoryHost } from '../ports/ansible.ts'

export function text({ vars }: InventoryHost, name: string): string | undefined {
  const value = vars[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** @throws OpsError INVENTORY_INVALID */
export function missing({ source }: Inventory, name: string, group: string): never {
  throw new OpsError('INVENTORY_INVALID', {
    message: `inventory ${source} does not say ${name} for the group ${group}`,
    hint: 'inventory/README.md has every variable',
  })
}
