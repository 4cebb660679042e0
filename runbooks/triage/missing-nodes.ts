// Who of the inventory is not in the cluster, who is in it and does not answer, and whose copies they had. Pure.
import type { EndpointAnswer, MemberInfo, UnassignedCopy } from '#sdk'

interface Host {
  readonly name: string
  readonly groups: readonly string[]
}

/** Hosts of the inventory that are no members; nobody where the members are not known. */
export function findMissing<H extends Host>(
  hosts: readonly H[],
  members: readonly Pick<MemberInfo, 'name'>[] | null,
): readonly H[] {
  if (members === null) return []
  const there = new Set(members.map(({ name }) => name))
  return hosts.filter(({ name }) => !there.has(name))
}

/** A host that only coordinates or votes has no shards. */
export const mayHoldData = ({ groups }: Host): boolean => {
  const kinds = groups.filter(group => group.startsWith('es_'))
  return kinds.some(group => group.startsWith('es_data')) || kinds.every(group => !idle.includes(group))
}
const idle = ['es_master', 'es_coord']

export const mayVote = ({ groups }: Host): boolean => groups.includes('es_master')

/** Id or name of the node that had it last. Of most copies the server says so only in its words. */
export const lastNodeOf = ({
  lastNode,
  details,
}: Pick<UnassignedCopy, 'lastNode' | 'details'>): string | null =>
  lastNode ?? /node_left \[([^\]]+)\]/.exec(details ?? '')?.[1] ?? null

/** Its last node is not in the cluster, or it left with one and nobody says which. */
export function isOfAway(
  copy: UnassignedCopy,
  members: readonly Pick<MemberInfo, 'id' | 'name'>[] | null,
  missing: readonly Host[],
): boolean {
  if (members === null || !missing.some(mayHoldData)) return false
  const last = lastNodeOf(copy)
  if (last !== null) return !members.some(({ id, name }) => id === last || name === last)
  const left = copy.reason === 'NODE_LEFT' || copy.reason === 'NODE_RESTARTING'
  return left || (copy.primary && copy.lastStatus === 'no_valid_shard_copy')
}

/** What its address says, in words; `null` where it was not asked. */
export function sayEndpoint(host: string, endpoints: readonly EndpointAnswer[]): string | null {
  const answer = endpoints.find(one => one.host === host)
  if (answer === undefined) return null
  if (answer.identity !== null) return `answers at ${answer.url} and is not in the cluster`
  return `${answer.url}: ${answer.problem ?? 'no answer'}`
}
