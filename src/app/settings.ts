// Temporary settings of all systems behind one port: the first word of a kind says whose it is.
import type { SettingAddress, SettingsPort } from '../ports/settings.ts'

/** By first word, such as `elasticsearch` for `elasticsearch.cluster`. */
export function joinSettings(systems: Readonly<Record<string, SettingsPort>>): SettingsPort {
  const ownerOf = ({ kind }: SettingAddress): SettingsPort => {
    const owner = systems[kind.split('.')[0] ?? '']
    if (owner === undefined) throw new TypeError(`no system keeps settings of the kind ${kind}`)
    return owner
  }
  return {
    read: async (address, targets) => ownerOf(address).read(address, targets),
    write: async (address, targets, value) => ownerOf(address).write(address, targets, value),
  }
}
