// One Vault as the port sees it, composed from a file per topic. No request is made, no login read, before the first method is called.
import type { VaultPort } from '../../ports/vault.ts'
import { openAppRoles } from './approles.ts'
import { openAsker } from './ask.ts'
import { openCache } from './cache/cache.ts'
import { openClient } from './client.ts'
import { openDocuments } from './documents.ts'
import { readCapabilities, readHealth, readSession } from './identity.ts'
import { writeLabels } from './labels.ts'
import { openMounts } from './mounts.ts'
import type { ConnectOptions } from './options.ts'
import { openReads } from './reads.ts'
import { openSession } from './session.ts'

export type VaultConnection = VaultPort

/** Every method throws OpsError VAULT_UNREACHABLE while the CA file cannot be read. */
export function connectVault(options: ConnectOptions): VaultConnection {
  const client = openClient(options)
  const session = openSession(client, options)
  const asker = openAsker(client, session, options)
  const mounts = openMounts(asker, options.mountHint)
  const documents = openDocuments(asker, mounts, options)
  const cache = options.cache === null ? null : openCache(options.cache, options.clock)
  const { read, readFresh, write, destroyVersions, removeAll } = openReads(documents, cache, options)
  return {
    health: () => readHealth(client, options),
    session: () => readSession(asker),
    mountOf: path => mounts.mountOf(path),
    capabilities: apiPaths => readCapabilities(asker, apiPaths),
    read,
    readFresh,
    metadata: path => documents.metadata(path),
    list: path => documents.list(path),
    write,
    label: (path, labels) => writeLabels(asker, mounts, documents.metadata, path, labels),
    destroyVersions,
    removeAll,
    ...openAppRoles(asker, session, client, options),
    close: async () => {
      await session.close()
      client.close()
    },
  }
}
