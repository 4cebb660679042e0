// Walks the table of replace-node's own gates, and sees that those of add-node and remove-node stand in it beside them.
import { expect } from 'chai'
import { hostGates } from '../../../runbooks/add-node/gates/hosts.ts'
import { inventoryGates } from '../../../runbooks/add-node/gates/inventory.ts'
import { gates as removeGates } from '../../../runbooks/remove-node/gates/index.ts'
import { type ReplaceFacts, supposeThere } from '../../../runbooks/replace-node/facts.ts'
import { gates, ownGates } from '../../../runbooks/replace-node/gates/index.ts'
import { type ReplaceParams, params as schema } from '../../../runbooks/replace-node/params.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { type GateCase, itWalksTheTable } from '../../support/gate-table.ts'
import { type RemoveDraft, removeFacts } from '../remove-node/calm-facts.ts'
import { begin, planOn } from './world.ts'

const gib = 2 ** 30

interface ReplaceDraft {
  oldGroups: string[]
  roomBytes: number
  zone: string | null
  change: (draft: RemoveDraft) => void
}

/** Only what the gates of its own look at: those of the new host have their cases in add-node. */
function factsOf(change: (draft: ReplaceDraft) => void = () => {}): ReplaceFacts {
  const draft: ReplaceDraft = {
    oldGroups: ['es_data_warm'],
    roomBytes: 500 * gib,
    zone: null,
    change: () => {},
  }
  change(draft)
  const remove = supposeThere(removeFacts(draft.change), {
    ...{ name: 'es-data06', host: '10.0.0.26', roomBytes: draft.roomBytes },
    attributes: draft.zone === null ? null : { zone: draft.zone },
  })
  const nobody = { wanted: [] } as unknown as ReplaceFacts['add']
  return { old: 'es-data05', fresh: 'es-data06', oldGroups: draft.oldGroups, add: nobody, remove }
}

const paramsOf = (given: JsonObject): ReplaceParams =>
  schema.parse({ old: 'es-data05', new: 'es-data06', address: '10.0.0.26', ...given })

const cases: readonly GateCase<ReplaceDraft>[] = [
  { gate: 'old_node_is_still_there', says: 'pass', when: 'it is', evidence: /is a member/ },
  {
    gate: 'old_node_is_still_there',
    ...{ says: 'refuse', when: 'it has left', evidence: /ops run add-node for the new one/ },
    change: draft => {
      draft.change = facts => {
        facts.nodes = facts.nodes.filter(({ name }) => name !== 'es-data05')
      }
    },
  },
  { gate: 'old_node_stands_in_one_group', says: 'pass', when: 'it does', evidence: /es_data_warm/ },
  {
    gate: 'old_node_stands_in_one_group',
    ...{ says: 'refuse', when: 'it has roles of two', evidence: /es_data_hot and es_data_warm/ },
    change: draft => {
      draft.oldGroups = ['es_data_hot', 'es_data_warm']
    },
  },
  { gate: 'new_node_has_room_for_all', says: 'pass', when: 'it has', evidence: /room for 500 GiB/ },
  {
    gate: 'new_node_has_room_for_all',
    ...{
      says: 'refuse',
      when: 'its disk is too small',
      evidence: /10 GiB are to move, es-data06 has room for 9/,
    },
    change: draft => {
      draft.roomBytes = 9 * gib
    },
  },
  { gate: 'new_node_may_hold_every_copy', says: 'pass', when: 'it may', evidence: /no filter/ },
  {
    gate: 'new_node_may_hold_every_copy',
    ...{
      says: 'refuse',
      when: 'an index wants the old one by name',
      evidence: /mysql-old\[0\].*require._name is es-data05/,
    },
    change: draft => {
      draft.change = facts => {
        facts.indexSettings['mysql-old'] = { 'index.routing.allocation.require._name': 'es-data05' }
      }
    },
  },
  {
    gate: 'new_node_may_hold_every_copy',
    ...{ says: 'refuse', when: 'it is in the zone of the other copy', evidence: /zone a has 1 copies/ },
    change: draft => {
      draft.zone = 'a'
      draft.change = facts => {
        for (const node of facts.nodes) node.attributes = { zone: node.name === 'es-data05' ? 'b' : 'a' }
        facts.settings.persistent['cluster.routing.allocation.awareness.attributes'] = 'zone'
      }
    },
  },
]

describe('the gates of replace-node', () => {
  itWalksTheTable({ gates: ownGates, cases, paramsOf, factsOf })

  it('are beside those of add-node for the new host and of remove-node for the old one, each name once', () => {
    const names = gates.map(({ name }) => name)
    expect(new Set(names).size).to.equal(names.length)
    const places = ['disk_has_room', 'replicas_have_room', 'rules_leave_every_copy_a_place']
    const left = new Set([...places, 'cluster_would_make_every_move'])
    const adopted = [...inventoryGates, ...hostGates, ...removeGates].map(({ name }) => name)
    expect(names).to.include.members(adopted.filter(name => !left.has(name)))
    for (const name of left) expect(names).not.to.include(name)
  })

  it('all pass where a machine is ready and the cluster calm', async () => {
    const { gates: verdicts } = await planOn(begin().world.begin())
    expect(verdicts.filter(({ verdict }) => verdict !== 'pass')).to.deep.equal([])
  })
})
