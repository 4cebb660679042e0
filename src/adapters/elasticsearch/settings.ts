// The kinds of settings that a run may change for a while. Anything else is refused before a request is made.
import { OpsError } from '#errors'
import type { Json } from '../../ports/json.ts'
import type { SettingAddress, SettingsPort } from '../../ports/settings.ts'
import { readClusterSetting, writeClusterSetting } from './cluster-settings.ts'
import { readIndexSetting, writeIndexSetting } from './index-settings.ts'
import type { Pool } from './pool.ts'
import { readAnnouncements, writeAnnouncements } from './shutdown.ts'

export function openSettings(pool: Pool): SettingsPort {
  return {
    async read(address, targets) {
      const { read } = choose(address)
      return read(pool, address.name, targets)
    },
    async write(address, targets, value) {
      const { write } = choose(address)
      await write(pool, address.name, targets, value)
    },
  }
}

interface Kind {
  readonly read: (pool: Pool, name: string, targets: readonly string[]) => Promise<ReadonlyMap<string, Json>>
  readonly write: (pool: Pool, name: string, targets: readonly string[], value: Json) => Promise<void>
}

const kinds = {
  /** Targets: `persistent`, `transient`. */
  'elasticsearch.cluster': { read: readClusterSetting, write: writeClusterSetting },
  /** Targets: index names. */
  'elasticsearch.index': { read: readIndexSetting, write: writeIndexSetting },
  /** Targets: node ids. The name is always `restart`. */
  'elasticsearch.node-shutdown': {
    read: (pool, _name, ids) => readAnnouncements(pool, ids),
    write: (pool, _name, ids, value) => writeAnnouncements(pool, ids, value),
  },
} as const satisfies Record<string, Kind>

function choose({ kind }: SettingAddress): Kind {
  if (kind in kinds) return kinds[kind as keyof typeof kinds]
  throw new OpsError('BUG', { message: `Elasticsearch has no settings of the kind ${kind}` })
}
