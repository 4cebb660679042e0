// What a user may do and how much of it, as text that can be compared and shown. It changes nothing.
import type { Pool } from './pool.ts'
import { readAcls, sayAcl } from './scram-acls.ts'
import { readQuotas, sayQuota } from './scram-quotas.ts'

const everything = 'everything: the brokers have no authorizer'

/** ACLs, then quotas; each sorted. */
export async function readGrants(pool: Pool, name: string): Promise<readonly string[]> {
  const acls = await readAcls(pool, name)
  return [...(acls?.map(sayAcl) ?? [everything]), ...(await readQuotas(pool, name)).map(sayQuota)]
}

/** What one has and the other has not, both ways. */
export function compareGrants(
  name: string,
  wanted: readonly string[],
  there: readonly string[],
): readonly string[] {
  return [
    ...wanted.filter(one => !there.includes(one)).map(one => `${name} lacks: ${one}`),
    ...there.filter(one => !wanted.includes(one)).map(one => `${name} has too much: ${one}`),
  ]
}
