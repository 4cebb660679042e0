// The whole replacement: the new node comes, everything of the old one moves to it and nowhere else, the old one goes. However it ends,
// rebalancing is on again and nobody is left excluded or announced.
import { type Run, toOpsError } from '#sdk'
import { keyOf, takeIn, undoAddition } from '../add-node/apply.ts'
import { include } from '../add-node/exclusion.ts'
import { holdsData, isMaster } from '../add-node/plan.ts'
import { waitForVote } from '../add-node/prove.ts'
import { stillThere, wipeText } from '../remove-node/apply.ts'
import { announce, drainNodes, giveDrainBack, type Member } from '../remove-node/drain.ts'
import { letGo } from '../remove-node/let-go.ts'
import { soakEmpty } from '../remove-node/soak.ts'
import { forgetNode, writeSeeds } from '../remove-node/tidy.ts'
import { takeRemovalBack } from '../remove-node/undo.ts'
import { checkCluster } from '../snapshot/check-cluster.ts'
import { moveCopies } from './move-copies.ts'
import { addParamsOf, type ReplaceParams } from './params.ts'
import type { ReplaceDetails } from './plan.ts'
import { noteLoad, tellMoved } from './tell-moved.ts'

const rebalanceKey = 'rebalance'
const rebalanceName = 'cluster.routing.rebalance.enable'

/**
 * 1. Rebalancing is lent off, so that nothing moves beside what is told to.
 * 2. The new node is taken in: it holds nothing yet.
 * 3. Everything of the old one moves to it, once; what is moved is measured.
 * 4. The old one goes, as in remove-node; rebalancing is on again.
 */
export async function applyReplacement(
  run: Run,
  details: ReplaceDetails,
  params: ReplaceParams,
): Promise<void> {
  await run.safePoint()
  if (params.wipe) await run.approval(wipeText(details.remove))
  await checkCluster(run, details.remove.clusterUuid)
  try {
    await replace(run, details, params)
  } catch (thrown) {
    if (run.signal.aborted) throw thrown
    await giveDrainBack(run, details.remove).catch(also => {
      if (toOpsError(also).code === 'BUG') throw also
    })
    throw thrown
  }
  await giveDrainBack(run, details.remove)
  await run.giveBack(rebalanceKey)
  await writeSeeds(run, details.remove, 'seeds')
  const [old] = details.remove.nodes
  await run.mark('replaced', 'remark', { text: `${details.fresh.name} has taken the place of ${old?.name}` })
}

async function replace(run: Run, details: ReplaceDetails, params: ReplaceParams): Promise<void> {
  const { fresh, remove, inventorySha256 } = details
  const [old] = remove.nodes
  if (old === undefined) return
  const [member] = await stillThere(run, [old])
  const load = old.data ? await noteLoad(run, old) : null
  if (member !== undefined) {
    if (old.data && !remove.shutdownApi) await lendRebalancing(run)
    const given = addParamsOf(params, fresh.group)
    const voters = await run.note(
      'voters',
      async () => (await run.elasticsearch.coordination()).committed.length,
    )
    await takeIn(run, [fresh], { clusterUuid: remove.clusterUuid, inventorySha256 }, given)
    if (isMaster(fresh)) await waitForVote(run, fresh, voters, params.giveUp)
    // Announced while it is still excluded, so that no copy of another node comes first: each would move for nothing.
    if (old.data && remove.shutdownApi) await announce(run, member, fresh.name)
    if (holdsData(fresh)) await include(run, keyOf([fresh]), [fresh.name])
    if (old.data) await moveEverything(run, details, member, params)
    await soakEmpty(run, remove, [member], params)
  }
  if (load !== null) await tellMoved(run, old, fresh.name, load)
  await run.safePoint()
  await letGo(run, remove, old, params)
  await forgetNode(run, old, params)
}

async function lendRebalancing(run: Run): Promise<void> {
  const { transient } = await run.elasticsearch.clusterSettings()
  const scope = await run.note(`${rebalanceKey}.scope`, async () =>
    rebalanceName in transient ? 'transient' : 'persistent',
  )
  await run.temporarily({
    ...{ key: rebalanceKey, kind: 'elasticsearch.cluster', name: rebalanceName },
    ...{ targets: [scope], value: 'none' },
  })
}

/** By the server, or copy by copy; what the new node does not take goes wherever there is room. */
async function moveEverything(
  run: Run,
  { fresh, remove }: ReplaceDetails,
  old: Member,
  params: ReplaceParams,
): Promise<void> {
  if (!remove.shutdownApi) await moveCopies(run, old, fresh.name, params)
  // From here on the old node gets nothing new; without the API what is left on it goes to any other.
  await drainNodes(run, remove, [old], params, fresh.name)
}

/** For an abort: the old node stays, or comes back; the new one goes where it is no member yet, else it stays. */
export async function undoReplacement(
  run: Run,
  details: ReplaceDetails,
  params: ReplaceParams,
): Promise<void> {
  await takeRemovalBack(run, details.remove, params)
  await undoAddition(run, {
    nodes: {
      ...{ clusterUuid: details.remove.clusterUuid, inventorySha256: details.inventorySha256 },
      batches: [[details.fresh]],
    },
  })
}
