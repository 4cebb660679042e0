// On which index a credential can prove that it writes: one that its roles name by a pattern, that is not there yet, and that `ops` may
// delete again. The name is the same for the same principal on the same day, so a proof that was cut off is cleaned up by the next one.
import { createHash } from 'node:crypto'
import type { Pool } from '../pool.ts'
import type { RoleDescriptor } from './kind.ts'
import { askOwn } from './privileges.ts'

export interface Proof {
  readonly index: string
  readonly id: string
  /** Who may read it back. */
  readonly reader: 'itself' | 'ops' | null
}

const writing = ['create_doc', 'create', 'index', 'write', 'all']
const making = ['auto_configure', 'create_index', 'manage', 'all']
const reading = ['read', 'all']

const hasOne = (privileges: readonly string[], wanted: readonly string[]): boolean =>
  privileges.some(one => wanted.includes(one))

/** Names of indices that these roles would let somebody make and fill; of patterns only such as `crm.app-*`. */
export function listCandidates(
  rights: readonly RoleDescriptor[],
  ending: string,
): readonly { readonly index: string; readonly reads: boolean }[] {
  return rights
    .flatMap(({ indices }) => indices ?? [])
    .filter(({ privileges }) => hasOne(privileges, writing) && hasOne(privileges, making))
    .flatMap(({ names, privileges }) =>
      names
        .filter(name => /^(?:[a-z0-9][a-z0-9._-]*)?\*$/.test(name))
        .map(name => ({ index: name.replace('*', ending), reads: hasOne(privileges, reading) })),
    )
}

export async function planProof(
  pool: Pool,
  rights: readonly RoleDescriptor[],
  principal: string,
  now = new Date(),
): Promise<Proof | null> {
  const mark = createHash('sha256').update(principal).digest('hex').slice(0, 8)
  const ending = `ops-canary-${now.toISOString().slice(0, 10).replaceAll('-', '.')}-${mark}`
  const candidates = listCandidates(rights, ending)
  if (candidates.length === 0) return null
  const mine = await askOwn(
    pool,
    candidates.map(({ index }) => index),
  )
  const chosen = candidates.find(({ index }) => mine.get(index)?.delete_index === true)
  if (chosen === undefined) return null
  const opsReads = mine.get(chosen.index)?.read === true
  const reader = chosen.reads ? 'itself' : opsReads ? 'ops' : null
  return { index: chosen.index, id: mark, reader }
}
