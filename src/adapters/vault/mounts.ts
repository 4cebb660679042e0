// Which mount a path belongs to, and where its documents are in the API. A KV of version 1 has no versions and is refused.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { VaultMount } from '../../ports/vault.ts'
import type { Asker } from './ask.ts'
import { encodePath } from './paths.ts'

const shape = z.object({
  data: z.object({
    path: z.string(),
    type: z.string(),
    options: z.object({ version: z.coerce.number().optional() }).nullish(),
  }),
})

export interface Mounts {
  mountOf(path: string): Promise<VaultMount>
  /** `secret/elk/logstash` under `data` is `secret/data/elk/logstash`. @throws OpsError UNSUPPORTED */
  apiPath(what: 'data' | 'metadata' | 'destroy', path: string): Promise<string>
}

export function openMounts(asker: Asker, hint: string | undefined): Mounts {
  const presumed = hint === undefined ? null : `${hint.replace(/\/+$/, '')}/`
  /** No mount lies within another. */
  const known: VaultMount[] = []

  const mountOf = async (path: string): Promise<VaultMount> => {
    const seen = known.find(({ mount }) => `${path}/`.startsWith(mount))
    if (seen !== undefined) return seen
    const call = { do: 'read', path: `sys/internal/ui/mounts/${encodePath(path)}` } as const
    try {
      const { data } = await asker.get(shape, call)
      const version = data.type === 'kv' ? (data.options?.version ?? 1) : null
      const found = { mount: data.path, type: data.type, version }
      known.push(found)
      return found
    } catch (thrown) {
      const hidden = thrown instanceof OpsError && thrown.code === 'VAULT_FORBIDDEN'
      if (!hidden || presumed === null || !`${path}/`.startsWith(presumed)) throw thrown
      return { mount: presumed, type: 'kv', version: 2 }
    }
  }

  return {
    mountOf,
    async apiPath(what, path) {
      const { mount, type, version } = await mountOf(path)
      if (type !== 'kv' || version !== 2)
        throw new OpsError('UNSUPPORTED', {
          message: `${path} is in ${mount}, which is ${type === 'kv' ? 'a KV of version 1' : `of the type ${type}`}: it keeps no versions`,
          hint: `secrets that ops rotates are in a KV v2: vault kv enable-versioning ${mount}`,
        })
      const rest = path.slice(mount.length)
      return `${encodePath(mount.replace(/\/$/, ''))}/${what}/${rest === '' ? '' : encodePath(rest)}`
    },
  }
}
