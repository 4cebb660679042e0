// Takes the elected master out of the cluster and brings it back, again and again. Whatever ends it, the node that it took out
// is brought back first; which one that is stands in a file for the case that even that could not be done.
import { setTimeout as sleep } from 'node:timers/promises'
import { OpsError } from '../../../errors/index.ts'
import { connect, connectTo, endpointsOf } from '../../elasticsearch/http.ts'
import { type LabNode, urlOf } from '../../layout.ts'
import { findNode, startNode, stopNode } from '../../service.ts'
import { type Lab, requireNode } from '../../state.ts'
import { waitFor } from '../../wait.ts'
import { freezeNode, thawNode } from '../node-faults.ts'
import { noteDown } from './owner.ts'

export const flapWays = ['stop', 'freeze', 'abdicate'] as const
export type FlapWay = (typeof flapWays)[number]

export interface Flapping {
  readonly how: FlapWay
  /** From one master being back to the next being taken out. */
  readonly everyMs: number
  /** Ends by itself after so many; without it when the signal says so. */
  readonly times?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const stallMs = 120_000

/** Of those nodes that stop, the history of masters is gone; one that abdicates remembers it. */
const ways: Readonly<Record<FlapWay, readonly ((lab: Lab, node: LabNode) => Promise<unknown>)[]>> = {
  stop: [(lab, node) => stopNode(lab, node, stallMs), startNode],
  freeze: [freezeNode, thawNode],
  abdicate: [takeVote, giveVotesBack],
}

const exclusions = '/_cluster/voting_config_exclusions'

/** A master without a vote gives way to another at once. */
async function takeVote(lab: Lab, { name }: LabNode): Promise<void> {
  using elastic = connect(lab, 'elastic')
  await elastic.ask('POST', `${exclusions}?node_names=${name}&timeout=30s`)
}

async function giveVotesBack(lab: Lab): Promise<void> {
  using elastic = connect(lab, 'elastic')
  await elastic.ask('DELETE', `${exclusions}?wait_for_removal=false`)
}

/** Says how many times the master has changed by it. */
export async function flapMaster(
  lab: Lab,
  { how, everyMs, times = Infinity, signal }: Flapping,
): Promise<number> {
  const [takeOut, bringBack] = ways[how]
  let changes = 0
  while (changes < times && !signal?.aborted) {
    const master = requireNode(lab, await waitForMaster(lab, null))
    noteDown(lab.paths, master.name)
    await takeOut?.(lab, master)
    try {
      await waitForMaster(lab, master)
      changes += 1
    } finally {
      await bringBack?.(lab, master)
    }
    await waitForAll(lab)
    noteDown(lab.paths, null)
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
  return changes
}

/** Brings back the one node that a flap which was killed has left outside. */
export async function bringBack(lab: Lab, name: string): Promise<void> {
  const node = requireNode(lab, name)
  if (findNode(lab, node)) await thawNode(lab, node)
  else await startNode(lab, node)
  await waitForAll(lab)
  await giveVotesBack(lab)
}

/** The name of the elected master as another node sees it, once it is not this one. */
function waitForMaster(lab: Lab, former: LabNode | null): Promise<string> {
  return waitFor({
    stallMs,
    look: async () => {
      const name = await askOthers(lab, former, '/_cat/master?format=json&h=node', body => body[0]?.node)
      return name !== null && name !== former?.name ? { result: name } : { progress: String(name) }
    },
    onStall: () => new OpsError('STALLED', { message: 'no master is elected', hint: 'ops lab status' }),
  })
}

function waitForAll(lab: Lab): Promise<void> {
  const path = '/_cluster/health?filter_path=number_of_nodes'
  const expected = lab.nodes.filter(node => node.service === 'elasticsearch' && findNode(lab, node)).length
  return waitFor({
    stallMs: stallMs + lab.state.bootDelaySeconds * 1000,
    look: async () => {
      const seen = await askOthers(lab, null, path, body => body.number_of_nodes)
      return Number(seen) >= expected ? { result: undefined } : { progress: String(seen) }
    },
    onStall: seen =>
      new OpsError('STALLED', {
        message: `${seen} of ${expected} nodes are together`,
        hint: 'ops lab status',
      }),
  })
}

async function askOthers(
  lab: Lab,
  former: LabNode | null,
  path: string,
  // biome-ignore lint/suspicious/noExplicitAny: one field of an answer of the lab's own server
  pick: (body: any) => string | number | undefined,
): Promise<string | null> {
  const nodes = lab.nodes.filter(node => node.service === 'elasticsearch' && node.name !== former?.name)
  using elastic = connectTo({ ...endpointsOf(lab, 'elastic'), urls: nodes.map(urlOf) })
  for (const node of nodes) {
    const answer = await elastic.send(urlOf(node), 'GET', path, undefined, 3000).catch(() => null)
    const found = answer?.status === 200 ? pick(answer.body) : undefined
    if (found !== undefined) return String(found)
  }
  return null
}
