// Copies leave the nodes that are to go: announced to the shutdown API where there is one, else by an exclusion for the length of the run.
// It only says where copies may not be; the cluster moves them.
import { durationMs, type Run, sayBytes } from '#sdk'
import { exclude } from '../add-node/exclusion.ts'
import { waitForMoves } from '../add-node/watch-moves.ts'
import type { RemoveParams } from './params.ts'
import type { PlannedNode, RemoveDetails } from './plan.ts'
import { stalledDrain } from './stall.ts'

export type Member = PlannedNode & { readonly id: string }

export const exclusionKey = 'exclusion'

export async function drainNodes(
  run: Run,
  details: RemoveDetails,
  members: readonly Member[],
  params: Pick<RemoveParams, 'stall'>,
  replacedBy?: string,
): Promise<void> {
  const names = members.map(({ name }) => name)
  await noteBegin(run, members)
  if (details.shutdownApi) for (const node of members) await announce(run, node, replacedBy)
  else await exclude(run, exclusionKey, dataNames(details))
  const ids = new Set(members.map(({ id }) => id))
  await waitForMoves<true>(run, {
    subject: 'moves',
    title: `${names.join(', ')} give${names.length === 1 ? 's' : ''} their copies away`,
    stallMs: durationMs(params.stall),
    isDone: async seen => {
      const held = await copiesHeld(run, ids)
      const bytes = bytesOn(names, seen.copies)
      run.progress(names.join(', '), `${held} copies, ${sayBytes(bytes)} left`)
      return held === 0 ? true : null
    },
    progress: ({ copies }) => [
      copies.filter(({ node }) => node !== null && names.includes(node)).length,
      bytesOn(names, copies),
    ],
    explain: () => stalledDrain(run, members, params.stall),
  })
}

/** What they held when it began; from here on the run is one that can be carried on. */
async function noteBegin(run: Run, members: readonly Member[]): Promise<void> {
  const names = members.map(({ name }) => name)
  await run.step({
    key: 'drain',
    title: `begin to drain ${names.join(', ')}`,
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      const copies = (await run.allocation.copies()).filter(
        ({ node }) => node !== null && names.includes(node),
      )
      return { copies: copies.length, bytes: bytesOn(names, copies) }
    },
    retries: 2,
  })
}

const dataNames = ({ nodes }: RemoveDetails): readonly string[] =>
  nodes.filter(({ data }) => data).map(({ name }) => name)

function bytesOn(
  names: readonly string[],
  copies: readonly { readonly node: string | null; readonly bytes: number }[],
): number {
  const own = copies.filter(({ node }) => node !== null && names.includes(node))
  return own.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** By the routing table: a copy that is moving away is still held. */
export async function copiesHeld(run: Pick<Run, 'elasticsearch'>, ids: ReadonlySet<string>): Promise<number> {
  const { indices } = await run.elasticsearch.shardMap()
  return indices.reduce(
    (sum, { shards }) =>
      sum +
      shards.reduce(
        (all, { copies }) =>
          all +
          copies.filter(
            ({ node, relocatingTo }) =>
              (node !== null && ids.has(node)) || (relocatingTo !== null && ids.has(relocatingTo)),
          ).length,
        0,
      ),
    0,
  )
}

/** Each process announces for itself: what an earlier one has announced may have been withdrawn at its end. */
export async function announce(run: Run, { name, id }: Member, replacedBy?: string): Promise<void> {
  const type = replacedBy === undefined ? 'remove' : 'replace'
  await run.step({
    key: `${name}.announce.${run.fencing}`,
    title: `announce to the shutdown API that ${name} is to ${type === 'remove' ? 'go' : `be replaced by ${replacedBy}`}`,
    observe: async () => {
      const found = (await run.elasticsearch.shutdowns()).find(({ nodeId }) => nodeId === id)
      return found?.type.toLowerCase() === type ? { state: 'done', result: null } : { state: 'not-done' }
    },
    apply: async () => {
      await run.membership.announceRemoval({
        ...{ id, reason: `ops ${run.id}` },
        ...(replacedBy === undefined ? {} : { replacedBy }),
      })
      return null
    },
    retries: 2,
  })
}

/** Withdraws what this run has announced, of nodes that are there and of those that have left; ends the exclusion. */
export async function giveDrainBack(run: Run, details: RemoveDetails, key = 'withdraw'): Promise<void> {
  await run.giveBack(exclusionKey)
  if (!details.shutdownApi) return
  const reason = `ops ${run.id}`
  for (const { name, id } of details.nodes) {
    if (id === null) continue
    const isAnnounced = async (): Promise<boolean> =>
      (await run.elasticsearch.shutdowns()).some(one => one.nodeId === id && one.reason === reason)
    if (!(await isAnnounced())) continue
    await run.step({
      key: `${name}.${key}.${run.fencing}`,
      title: `withdraw ${name} from the shutdown API`,
      observe: async () => ((await isAnnounced()) ? { state: 'not-done' } : { state: 'done', result: null }),
      apply: async () => {
        await run.membership.withdraw(id)
        return null
      },
      retries: 2,
    })
  }
}
