// Adding nodes, from an entry in the inventory to a tier in balance. Until a node is proven to be a member of this cluster everything
// that was done for it is taken back when something goes wrong; from then on it stays.
import { type InventoryHost, OpsError, type Run } from '#sdk'
import { copiesHeld } from '../remove-node/drain.ts'
import { admit } from './admit.ts'
import { refused, removeEntries, writeEntries } from './entry.ts'
import { exclude } from './exclusion.ts'
import { deployHosts, isRunning, nameMembersEverywhere, startHost, stopHost } from './host-plays.ts'
import { applyShippers, takeBackShippers } from './logstash/apply.ts'
import type { AddParams } from './params.ts'
import { type AddDetails, holdsData, isMaster, type NewNode, type NodeDetails } from './plan.ts'
import { isMember, probe, proveMember, waitForVote, waitUntilJoined } from './prove.ts'

const service = 'elasticsearch'

export async function applyAddition(run: Run, details: AddDetails, params: AddParams): Promise<void> {
  await run.safePoint()
  if ('shippers' in details) return applyShippers(run, details.shippers, params)
  await addNodes(run, details.nodes, params)
}

/**
 * 1. Batch by batch: masters one at a time, all others at once.
 * 2. Entry, exclusion, set-up, start, proof; then the exclusion is given back and the tier finds its balance.
 * 3. At last everybody who names members is told of the new ones.
 */
async function addNodes(run: Run, details: NodeDetails, params: AddParams): Promise<void> {
  const voters = await run.note(
    'voters',
    async () => (await run.elasticsearch.coordination()).committed.length,
  )
  let more = 0
  for (const [at, nodes] of details.batches.entries()) {
    await run.safePoint()
    // Only the first write can be into the very file that the plan has seen.
    await takeIn(run, nodes, at === 0 ? details : { ...details, inventorySha256: null }, params)
    // Only masters add to those who vote, whatever came before them.
    for (const node of nodes.filter(isMaster)) await waitForVote(run, node, voters + more++, params.giveUp)
    await admitBatch(run, nodes, params)
  }
  await nameMembersEverywhere(run, 'seeds')
}

/** @throws OpsError NODE_REFUSED when it is not taken in and everything is as before */
export async function takeIn(
  run: Run,
  nodes: readonly NewNode[],
  { clusterUuid, inventorySha256 }: { readonly clusterUuid: string; readonly inventorySha256: string | null },
  params: AddParams,
): Promise<void> {
  const names = nodes.map(({ name }) => name)
  const key = keyOf(nodes)
  const isFirst = await run.note(`${key}.begun`, async () => run.fencing)
  try {
    await writeEntries(run, nodes, isFirst === run.fencing ? inventorySha256 : null)
    const outside = await notMembers(run, nodes)
    // A node that is a member already has been let in, or is still excluded: either way by this run.
    if (outside.some(holdsData)) await exclude(run, key, names)
    if (outside.length > 0) await deployHosts(run, names)
    for (const { name } of outside) await startHost(run, name, service)
    for (const node of nodes) await waitUntilJoined(run, node, clusterUuid, params)
    for (const node of nodes) await proveMember(run, node, clusterUuid)
    await run.mark(`${key}.proven`, 'remark', { text: `${names.join(', ')} joined, and say so themselves` })
    for (const { name, url } of nodes) await run.membership.follow({ host: name, url })
    await probe(run, names)
  } catch (thrown) {
    // Stopped at once: a resume or an abort sees to it.
    if (run.signal.aborted || !(thrown instanceof OpsError)) throw thrown
    const kept = await takeBack(run, nodes, thrown.code === 'NODE_REFUSED')
    throw refused(run, names, thrown, kept)
  }
}

export const keyOf = (nodes: readonly NewNode[]): string => `quarantine.${nodes[0]?.name}`

async function notMembers(run: Run, nodes: readonly NewNode[]): Promise<readonly NewNode[]> {
  const members = new Set((await run.elasticsearch.members()).map(({ name }) => name))
  return nodes.filter(({ name }) => !members.has(name))
}

/** A node that holds copies was proven and let in by an earlier process: what is said of it later must not cost those copies. */
async function holdNothing(run: Run, nodes: readonly NewNode[]): Promise<readonly NewNode[]> {
  const members = await run.elasticsearch.members()
  const empty: NewNode[] = []
  for (const node of nodes) {
    const ids = members.flatMap(({ name, id }) => (name === node.name ? [id] : []))
    if (ids.length === 0 || (await copiesHeld(run, new Set(ids))) === 0) empty.push(node)
  }
  return empty
}

/**
 * Stops what has not become a member and takes its entry out. With `refusedNodes` also what says that it is one: its proof has failed.
 * What had to be left is said.
 */
async function takeBack(run: Run, nodes: readonly NewNode[], refusedNodes: boolean): Promise<string | null> {
  const again = `ops resume ${run.id}`
  try {
    const outside = refusedNodes ? await holdNothing(run, nodes) : await notMembers(run, nodes)
    await takeOut(run, outside)
    const staying = nodes.filter(node => !outside.includes(node)).map(({ name }) => name)
    return staying.length === 0 ? null : `${staying.join(', ')} joined and will stay; to go on: ${again}`
  } catch (thrown) {
    if (run.signal.aborted || !(thrown instanceof OpsError)) throw thrown
    return `it could not be taken back (${thrown.message}): ops abort ${run.id}`
  }
}

async function takeOut(run: Run, nodes: readonly NewNode[]): Promise<void> {
  const known = new Set((await run.ansible.inventory()).hosts.map(({ name }) => name))
  const names = nodes.map(({ name }) => name)
  for (const name of names)
    if (known.has(name) && (await isRunning(run, name, service))) await stopHost(run, name, service)
  for (const name of names) await run.membership.unfollow(name)
  await removeEntries(run, names)
}

async function admitBatch(run: Run, nodes: readonly NewNode[], params: AddParams): Promise<void> {
  const filling = nodes.filter(holdsData)
  if (filling.length === 0) return
  const { hosts } = await run.ansible.inventory()
  const groups = [...new Set(filling.map(({ group }) => group))]
  await admit(run, {
    key: keyOf(nodes),
    names: filling.map(({ name }) => name),
    tiers: groups.map(group => membersOf(hosts, group)),
    params,
  })
}

const membersOf = (hosts: readonly InventoryHost[], group: string): readonly string[] =>
  hosts.filter(({ groups }) => groups.includes(group)).map(({ name }) => name)

/** For an abort: nodes that have become members stay, all others go, with their entries. */
export async function undoAddition(run: Run, details: AddDetails): Promise<void> {
  if ('shippers' in details) return takeBackShippers(run, details.shippers)
  const nodes = details.nodes.batches.flat()
  // One that was killed in the middle of the probe has left it.
  await run.elasticsearch.removeCanary()
  const entered = new Set((await run.inventoryFile.entries()).map(({ name }) => name))
  await takeOut(
    run,
    await notMembers(
      run,
      nodes.filter(({ name }) => entered.has(name)),
    ),
  )
  for (const { name } of nodes)
    if (await isMember(run, name))
      await run.mark(`${name}.stays`, 'remark', {
        text: `${name} is a member already and stays; ops run remove-node takes it out`,
      })
}
