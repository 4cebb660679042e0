// What must not stand in an inventory: secrets. Where they are kept (a file, a variable, a path in Vault) may be named. Pure.
import { OpsError } from '../../errors/index.ts'
import type { InventoryChange } from '../../ports/inventory-file.ts'

const secretName =
  /(password|passwd|passphrase|secret|token|private_key|credential|(api|access)_key|(^|_)(pass|pin)$)/i
const placeName = /_(file|path|env|vault|dir)$/i

/** @throws OpsError INVENTORY_INVALID */
export function refuseSecrets(changes: readonly InventoryChange[]): void {
  for (const change of changes) {
    if (change.do === 'remove') continue
    const { name, vars } = change.entry
    const secret = Object.keys(vars).find(key => secretName.test(key) && !placeName.test(key))
    if (secret === undefined) continue
    throw new OpsError('INVENTORY_INVALID', {
      message: `${secret} of ${name} would stand in the inventory in plain text`,
      hint: 'keep it in Vault or in a file with mode 0600, and name that',
    })
  }
}
