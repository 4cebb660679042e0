// Gates that are judged right before something is lost for good: when it is stated, and once more when another person has said yes.
import { type Gate, pass, type Run, refuse, refuseAny } from '#sdk'
import type { Losing } from '../choose.ts'
import { type LossFacts, lookAtLoss } from '../look-at-loss.ts'
import { isReadable } from '../loss.ts'
import { lossesIn, type RerouteParams } from '../params.ts'

type LossGate = Gate<LossFacts, RerouteParams>

const nameOf = ({ index, shard }: { readonly index: string; readonly shard: number }): string =>
  `${index}[${shard}]`

export const lossGates: readonly LossGate[] = [
  {
    name: 'the_loss_is_accepted_by_name',
    prevents: 'Losing one shard because the loss of another was accepted.',
    waivable: 'never',
    check: ({ remedy }, params) => {
      const name = `${remedy.index}/${remedy.shard}`
      if (params.maxRisk === 'loses-data' && lossesIn(params).includes(name))
        return pass(`--accept-loss ${name}`)
      return refuse(`nobody has said --max-risk loses-data --accept-loss ${name}`)
    },
  },
  {
    name: 'the_master_is_stable_for_a_loss',
    prevents: 'Giving up copies of nodes that one master has not seen yet.',
    waivable: 'never',
    check: ({ master: { elected, stable, symptom } }) =>
      elected !== null && (stable === 'green' || stable === 'unknown')
        ? pass(`${elected} is the master`)
        : refuse(`no stable master: ${symptom}`),
  },
  {
    name: 'the_index_is_the_one_that_was_stated',
    prevents: 'Harm to a new index that has the name of the one that was looked at.',
    waivable: 'never',
    check: ({ uuid, statedUuid, remedy: { index } }) => {
      if (uuid === null) return refuse(`there is no index ${index}`)
      return statedUuid === null || statedUuid === uuid
        ? pass(`${index} (${uuid})`)
        : refuse(`${index} was ${statedUuid} and is ${uuid}`)
    },
  },
  {
    name: 'the_shard_has_no_primary',
    prevents: 'Taking the place of a primary that has come back meanwhile.',
    waivable: 'never',
    check: ({ copies, remedy }) =>
      copies.some(({ primary }) => primary)
        ? pass(`${nameOf(remedy)} has no primary`)
        : refuse(`${nameOf(remedy)} has a primary, or is not there`),
  },
  {
    name: 'no_good_copy_is_to_be_had',
    prevents: 'Throwing away acknowledged writes that are on the disk of a member.',
    waivable: 'never',
    check: ({ explanation, remedy }) => {
      if (explanation === null) return refuse(`the cluster does not explain ${nameOf(remedy)}`)
      if (explanation.canAllocate === 'awaiting_info' || explanation.canAllocate === 'yes')
        return refuse(`the cluster is about to allocate it: ${explanation.canAllocate}`)
      return refuseAny(
        explanation.nodes
          .filter(({ store }) => store?.inSync === true && store.problem === null)
          .map(({ node }) => `${node} has a copy with every acknowledged write`),
        `no member has one: ${explanation.canAllocate}`,
      )
    },
  },
  {
    name: 'no_node_that_may_have_it_is_only_away',
    prevents: 'Giving up what a node brings along that comes back an hour later.',
    waivable: 'never',
    check: ({ hosts, members, gone }) => {
      const away = hosts.filter(host => !members.some(({ name }) => name === host))
      return refuseAny(
        away
          .filter(host => !gone.includes(host))
          .map(host => `${host} is away: start it, or say --gone ${host}`),
        away.length === 0 ? 'every host of the inventory is a member' : `${away.join(', ')}: gone for good`,
      )
    },
  },
  {
    name: 'the_copy_is_still_on_that_node',
    prevents: 'Another copy, on another disk, becoming what nobody has agreed to.',
    waivable: 'never',
    check: ({ remedy, members, stores }) => {
      const { node } = remedy
      const member = members.find(({ name }) => name === node)
      if (member === undefined) return refuse(`${node} is no member`)
      if (remedy.do === 'allocate-empty') return pass(`${node} is a member`)
      if (member.id !== remedy.nodeId) return refuse(`${node} was ${remedy.nodeId} and is ${member.id}`)
      const store = stores.find(one => one.nodeId === remedy.nodeId)
      if (store === undefined) return refuse(`${node} has no copy of ${nameOf(remedy)}`)
      if (store.allocationId !== remedy.allocationId)
        return refuse(`the copy on ${node} was ${remedy.allocationId} and is ${store.allocationId}`)
      return store.problem === null
        ? pass(`${node} has it as ${remedy.allocationId}`)
        : refuse(`it cannot be opened: ${store.problem}`)
    },
  },
  {
    name: 'nothing_that_can_be_opened_is_passed_over',
    prevents: 'An empty shard where an old copy would have had nearly everything.',
    waivable: 'never',
    check: ({ remedy, stores }) => {
      if (remedy.do === 'allocate-stale') return pass('an old copy is taken')
      return refuseAny(
        stores
          .filter(isReadable)
          .map(({ node, allocationId }) => `${node} has an old copy (${allocationId})`),
        'no member has a copy that can be opened',
      )
    },
  },
]

export async function judgeLoss(
  run: Run,
  remedy: Losing,
  params: RerouteParams & { readonly goneNodes: readonly string[] },
  statedUuid: string | null,
): Promise<LossFacts> {
  const facts = await lookAtLoss(run, remedy, params.goneNodes, statedUuid)
  await run.judge(lossGates, facts, params)
  return facts
}
