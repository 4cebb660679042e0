// Labels (custom metadata) of a document: merged by Vault where it lets us patch, else read and written whole.
import type { SecretMetadata } from '../../ports/vault.ts'
import type { Asker } from './ask.ts'
import type { Mounts } from './mounts.ts'

/** A policy without `patch`, a path that holds nothing yet, a server before KV knew PATCH. */
const notPatched = [403, 404, 405] as const

export async function writeLabels(
  asker: Asker,
  { apiPath }: Mounts,
  readMetadata: (path: string) => Promise<SecretMetadata | null>,
  path: string,
  labels: Readonly<Record<string, string | null>>,
): Promise<void> {
  const at = await apiPath('metadata', path)
  const { status } = await asker.ask({
    do: 'update',
    path: at,
    data: { custom_metadata: labels },
    effect: true,
    accept: notPatched,
  })
  if (!notPatched.some(one => one === status)) return
  const held = (await readMetadata(path))?.labels ?? {}
  const merged = Object.fromEntries(
    Object.entries({ ...held, ...labels }).filter(([, value]) => value !== null),
  )
  await asker.ask({ do: 'write', path: at, data: { custom_metadata: merged }, effect: true })
}
