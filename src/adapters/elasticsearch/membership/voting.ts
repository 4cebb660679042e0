// Masters without a vote, before they leave. An exclusion that stays behind keeps a later node of that name from voting.
import type { MembershipPort } from '../../../ports/membership.ts'
import { busy, readReason, rejected } from '../errors.ts'
import type { Pool } from '../pool.ts'

const path = '/_cluster/voting_config_exclusions'
/** The server waits for half a minute, and for a master as long. */
const limitMs = 65_000

export async function excludeVoters(pool: Pool, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  await change(pool, 'POST', { node_names: names.join(','), timeout: '30s' })
}

export async function clearVotingExclusions(
  pool: Pool,
  { waitForRemoval }: Parameters<MembershipPort['clearVotingExclusions']>[0],
): Promise<void> {
  await change(pool, 'DELETE', { wait_for_removal: String(waitForRemoval) })
}

/** What the server waited for in vain is no fault of the request; which status it gives differs from version to version. */
async function change(
  pool: Pool,
  method: 'POST' | 'DELETE',
  query: Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await pool.write({ method, path, query, limitMs, accept: [400, 408, 429, 500, 503] })
  if (answer.status < 400) return
  const { type, reason } = readReason(answer.body)
  if (answer.status === 503 || answer.status === 429 || /timed out|timeout/i.test(`${type} ${reason}`))
    throw busy(answer.request, answer.status, answer.body)
  throw rejected(answer.request, answer.status, answer.body)
}
