// The table: what add-node asks of the new host, what remove-node asks before the old one goes, and what is about both.
import { type Gate, pass, refuse, refuseAny, sayBytes } from '#sdk'
import { hostGates } from '../../add-node/gates/hosts.ts'
import { inventoryGates } from '../../add-node/gates/inventory.ts'
import { gates as removeGates } from '../../remove-node/gates/index.ts'
import { remedyOf, sayCopy } from '../../remove-node/say-place.ts'
import { goneTargets } from '../../remove-node/who-leaves.ts'
import type { ReplaceFacts } from '../facts.ts'
import { addParamsOf, type ReplaceParams } from '../params.ts'

type ReplaceGate = Gate<ReplaceFacts, ReplaceParams>

export const ownGates: readonly ReplaceGate[] = [
  {
    name: 'old_node_is_still_there',
    prevents: 'A replacement that has nothing to copy from, and looks as if it had copied everything.',
    waivable: 'never',
    check: ({ old, remove }) =>
      goneTargets(remove).includes(old)
        ? refuse(
            `${old} has left the cluster: ops run add-node for the new one, then ops run remove-node --name ${old}`,
          )
        : pass(`${old} is a member`),
  },
  {
    name: 'old_node_stands_in_one_group',
    prevents: 'A new node with fewer roles than the old one, which nobody notices before those are needed.',
    waivable: 'never',
    check: ({ old, oldGroups }) =>
      oldGroups.length === 1
        ? pass(`${old} is in ${oldGroups[0]}`)
        : refuse(
            `${old} is in ${oldGroups.length === 0 ? 'no group' : oldGroups.join(' and ')} of the inventory: add the new one by hand, then ops run remove-node`,
          ),
  },
  {
    name: 'new_node_has_room_for_all',
    prevents: 'A new node that fills up to its watermark in the middle, with the rest on the old one.',
    waivable: 'reason',
    check: ({ fresh, remove: { feasibility } }) => {
      const { bytes, roomBytes, unplaceable } = feasibility
      const evidence = `${sayBytes(bytes)} are to move, ${fresh} has room for ${sayBytes(roomBytes)}`
      const full = unplaceable.filter(({ because }) =>
        because.some(({ node, decider }) => node === fresh && decider === 'disk_threshold'),
      )
      return full.length > 0 ? refuse(`${evidence}: ${full.length} copies find none there`) : pass(evidence)
    },
  },
  {
    name: 'new_node_may_hold_every_copy',
    prevents:
      'Copies that a filter, a limit or a zone keeps from the new node, so that they move twice or stay.',
    waivable: 'reason',
    check: ({ fresh, remove }) =>
      refuseAny(
        remove.feasibility.unplaceable.flatMap(one =>
          one.because
            .filter(({ node, decider }) => node === fresh && decider !== 'disk_threshold')
            .map(({ decider, text }) => `${sayCopy(one.copy)}: ${text}; ${remedyOf(decider)}`),
        ),
        `no filter, limit or zone keeps a copy from ${fresh}`,
        3,
      ),
  },
]

/** Of remove-node all but what is about places on other nodes: here there is one place, and it does not exist yet. */
const elsewhere = new Set([
  'disk_has_room',
  'replicas_have_room',
  'rules_leave_every_copy_a_place',
  'cluster_would_make_every_move',
])

export const adopted = {
  remove: removeGates.filter(({ name }) => !elsewhere.has(name)),
  hosts: hostGates,
  inventory: inventoryGates,
}

export const gates: readonly ReplaceGate[] = [
  ...ownGates,
  ...adopted.inventory.map(gate => lend(gate, ({ add }) => add)),
  ...adopted.hosts.map(gate => lend(gate, ({ add }) => add)),
  ...adopted.remove.map(gate => lend(gate, ({ remove }) => remove)),
]

/** A gate of another runbook, judged on its part of the facts. */
function lend<Facts>(gate: Gate<Facts, never>, choose: (facts: ReplaceFacts) => Facts): ReplaceGate {
  const check = gate.check as (facts: Facts, params: unknown) => ReturnType<ReplaceGate['check']>
  return {
    ...{ name: gate.name, prevents: gate.prevents, waivable: gate.waivable },
    check: (facts, params) =>
      check(choose(facts), { ...addParamsOf(params, facts.add.wanted[0]?.group ?? ''), ...params }),
  }
}
