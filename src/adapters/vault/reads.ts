// Reading and writing documents with the cache beside them. Only the current version comes from it, only while Vault serves nobody, and
// never for a write.
import { type Code, OpsError } from '#errors'
import type { SecretDocument, VaultPort } from '../../ports/vault.ts'
import type { Cache } from './cache/cache.ts'
import type { Documents } from './documents.ts'
import type { ConnectOptions } from './options.ts'

type Cached = Pick<VaultPort, 'read' | 'readFresh' | 'write' | 'destroyVersions' | 'removeAll'>

const away: ReadonlySet<Code> = new Set(['VAULT_UNREACHABLE', 'VAULT_SEALED', 'VAULT_STANDBY'])

export function openReads(
  documents: Documents,
  cache: Cache | null,
  { warn }: Pick<ConnectOptions, 'warn'>,
): Cached {
  const said = new Set<string>()
  const warnOnce = (about: string, text: string): void => {
    if (!said.has(about)) warn(text)
    said.add(about)
  }

  /** Whatever happens to the cache, Vault has answered. */
  const tend = (work: (cache: Cache) => void): void => {
    if (cache === null) return
    try {
      work(cache)
    } catch (thrown) {
      warnOnce('', `secrets cannot be kept for the time when Vault is away: ${(thrown as Error).message}`)
    }
  }

  const keep = (path: string, document: SecretDocument | null): void =>
    tend(cache => {
      if (document === null) return cache.drop(path)
      const { version, createdAtMs, fields } = document
      cache.keep({ path, version, createdAtMs, values: documents.toValues(fields) })
    })

  const readFresh = async (path: string, version?: number): Promise<SecretDocument | null> => {
    const found = await documents.readVersion(path, version)
    if (version === undefined) keep(path, found)
    return found
  }

  const readCached = (path: string, why: OpsError): SecretDocument => {
    const recalled = cache?.recall(path) ?? { kind: 'none' }
    if (recalled.kind === 'none') throw why
    if (recalled.kind === 'refused')
      throw new OpsError(why.code, {
        message: `${why.message}; the copy of ${path} on this machine is not used: ${recalled.why}`,
        ...(why.hint === undefined ? {} : { hint: why.hint }),
        next: why.next,
        cause: why,
      })
    const { values, ...document } = recalled.document
    const since = new Date(document.cachedAtMs).toISOString()
    warnOnce(
      path,
      `${why.message}. ${path} is read from the copy of this machine, version ${document.version} as of ${since}`,
    )
    return { ...document, fields: documents.toFields(path, values) }
  }

  return {
    readFresh,
    async read(path, version) {
      try {
        return await readFresh(path, version)
      } catch (thrown) {
        const isAway = thrown instanceof OpsError && away.has(thrown.code)
        if (version !== undefined || !isAway) throw thrown
        return readCached(path, thrown)
      }
    },
    async write(path, fields, cas) {
      try {
        const { version, createdAtMs } = await documents.write(path, fields, cas)
        keep(path, { path, version, createdAtMs, fields, cachedAtMs: null })
        return version
      } catch (thrown) {
        // What is there now is not what was cached, or nobody knows.
        if (thrown instanceof OpsError && ['OUTCOME_UNKNOWN', 'VAULT_CONFLICT'].includes(thrown.code))
          tend(cache => cache.drop(path))
        throw thrown
      }
    },
    async destroyVersions(path, versions) {
      tend(cache => {
        const recalled = cache.recall(path)
        if (recalled.kind === 'found' && versions.includes(recalled.document.version)) cache.drop(path)
      })
      await documents.destroyVersions(path, versions)
    },
    async removeAll(path) {
      tend(cache => cache.drop(path))
      await documents.removeAll(path)
    },
  }
}
