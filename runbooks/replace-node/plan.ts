// What would be done, as data. Pure.
import { type PlanBody, sayBytes } from '#sdk'
import { urlOf } from '../add-node/facts.ts'
import type { NewNode } from '../add-node/plan.ts'
import { planRemoval, type RemoveDetails } from '../remove-node/plan.ts'
import { sayDiff } from '../remove-node/say-diff.ts'
import type { ReplaceFacts } from './facts.ts'
import type { ReplaceParams } from './params.ts'

export type ReplaceDetails = {
  readonly fresh: NewNode
  readonly inventorySha256: string
  /** Of the old node. */
  readonly remove: RemoveDetails
}

const secondsToJoin = 120

export function planReplacement(facts: ReplaceFacts, params: ReplaceParams): PlanBody<ReplaceDetails> {
  const { add, remove, old, fresh } = facts
  const [host] = add.wanted
  const removal = planRemoval(remove, { ...params, name: old })
  const api = remove.capabilities.nodeShutdown
  const data = removal.details.nodes.some(node => node.data)
  const how = api
    ? `announced to the shutdown API as a replacement`
    : `${params.batch} copies at a time, with rebalancing off until the old node is empty`
  return {
    expectedSeconds: removal.expectedSeconds + secondsToJoin,
    effects: [
      ...sayDiff(add.preview, '+', [fresh]),
      `set up and start ${fresh}, and prove that it is a member`,
      ...(data ? [`move ${sayBytes(remove.feasibility.bytes)} from ${old} to ${fresh}, ${how}`] : []),
      ...removal.effects.filter(effect => !effect.startsWith('move ')),
    ],
    notes: [
      'everything moves once: what is moved beside what lies on the old node is written into the report',
    ],
    fingerprint: { remove: removal.fingerprint, fresh: host ?? null, inventory: add.preview.sha256 },
    details: {
      fresh: {
        ...(host ?? { name: fresh, group: '', address: '', vars: {} }),
        url: host === undefined ? '' : urlOf(host, add.inventory.hosts),
      },
      inventorySha256: add.preview.sha256,
      remove: removal.details,
    },
  }
}
