// The port of a system that the inventory does not have: every method says so. A run that does not need it never notices.
import { OpsError } from '../errors/index.ts'

export function absentPort<T extends object>(group: string, source: string): T {
  const refuse = async (): Promise<never> => {
    throw new OpsError('INVENTORY_INVALID', {
      message: `inventory ${source} has no host in the group ${group}`,
      hint: `put its hosts into that group, or choose another inventory with -i`,
    })
  }
  return new Proxy({} as T, { get: () => refuse })
}
