// Variables of a host of the inventory, by a schema. What cannot be read is said with host and variable, and never guessed at. Pure.
import { z } from 'zod'
import { type InventoryHost, OpsError } from '#sdk'

/** `node.id` of a broker, as a number or as text; left out where the host's name ends in it. */
export const nodeId = z.union([z.int().min(0), z.string().regex(/^\d+$/).transform(Number)]).nullish()

/** `1` of `kafka01.example`; `null` where the name does not end in a number. */
export function numberAtEnd(name: string): number | null {
  const [digits] = /\d+$/.exec(name.split('.')[0] ?? '') ?? []
  return digits === undefined ? null : Number(digits)
}

/** @throws OpsError INVENTORY_INVALID */
export function parseVars<S extends z.ZodType>({ name, vars }: InventoryHost, schema: S): z.output<S> {
  const read = schema.safeParse(vars)
  if (read.success) return read.data
  const said = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  throw new OpsError('INVENTORY_INVALID', {
    message: `variables of ${name} cannot be read: ${said}`,
    hint: `mend it in the inventory, then see: ansible-inventory --host ${name}`,
  })
}
