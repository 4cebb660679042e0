// Why a drain stands still: the decider that keeps a copy, and what would help. Reads only.
import { type Decision, OpsError, type Run, type SizedCopy } from '#sdk'
import type { Member } from './drain.ts'
import { mainDecider, remedyOf } from './say-place.ts'

const explainAtMost = 3
/** Said of every node that leaves, or of no use to a copy that has to move. */
const beside = new Set(['cluster_rebalance', 'rebalance_only_when_active', 'concurrent_rebalance'])

/** The copies that stay, each with the deciders of the nodes that might have it; the node itself is no such node. */
export async function stalledDrain(
  run: Pick<Run, 'id' | 'allocation' | 'elasticsearch' | 'membership'>,
  members: readonly Member[],
  stall: string,
): Promise<OpsError> {
  const names = members.map(({ name }) => name)
  const stuck = (await run.allocation.copies()).filter(
    ({ node, state }) => node !== null && names.includes(node) && state === 'STARTED',
  )
  const said: string[] = []
  const deciders: string[] = []
  for (const copy of stuck.slice(0, explainAtMost)) {
    const against = await decisionsAgainst(run, copy, names)
    deciders.push(...against.map(({ decider }) => decider))
    const first = against.find(({ decider }) => decider === mainDecider(against.map(one => one.decider)))
    const why =
      first === undefined ? 'no decider stands against it' : `${first.decider}: ${first.explanation}`
    said.push(`${copy.index}[${copy.shard}] ${copy.primary ? 'primary' : 'replica'} on ${copy.node}: ${why}`)
  }
  const api = await sayMigration(run, members)
  const main = mainDecider(deciders)
  return new OpsError('DRAIN_STALLED', {
    message: [
      `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} ${stuck.length} copies that found no other place within ${stall}`,
      ...said,
      ...api,
    ].join('; '),
    hint: `${main === null ? 'ops run triage says more' : remedyOf(main)}; then: ops resume ${run.id} · to keep the node: ops abort ${run.id}`,
  })
}

async function decisionsAgainst(
  { allocation }: Pick<Run, 'allocation'>,
  { index, shard, primary, node }: SizedCopy,
  leaving: readonly string[],
): Promise<readonly Decision[]> {
  const found = await allocation
    .explain({ index, shard, primary, ...(node === null || primary ? {} : { currentNode: node }) })
    .catch(() => null)
  if (found === null) return []
  const perNode = found.nodes
    .filter(one => !leaving.includes(one.node))
    .map(({ deciders }) =>
      deciders.filter(({ decision, decider }) => decision === 'no' && !beside.has(decider)),
    )
  // The nodes that lack least say what is in the way; all others lack that and more.
  const least = Math.min(...perNode.map(against => against.length))
  return perNode.filter(against => against.length === least).flat()
}

/** The server's own words, where it has the shutdown API. */
async function sayMigration({ membership }: Pick<Run, 'membership'>, members: readonly Member[]) {
  const said: string[] = []
  for (const { name, id } of members) {
    const found = await membership.migration(id).catch(() => null)
    if (found?.explanation != null) said.push(`${name}: ${found.status}, ${found.explanation}`)
  }
  return said
}
