// Who is away, or there and dumb; and with that the copies that only they have. Pure.
import { sayFew } from '#sdk'
import type { Cause, Remedy } from '../diagnosis.ts'
import type { TriageFacts } from '../facts.ts'
import { findMissing, mayHoldData, sayEndpoint } from '../missing-nodes.ts'
import { copiesOfAway } from './copies.ts'
import { waysBack } from './red.ts'
import { advise, setIndexSetting, startNodes, waitFor } from './remedies.ts'
import { indicesOf, makeCause } from './sighting.ts'

export const decideMembership = (facts: TriageFacts): readonly Cause[] => [
  ...decideMissing(facts),
  ...decideHung(facts),
]

const delayedTimeout = 'index.unassigned.node_left.delayed_timeout'

function decideMissing(facts: TriageFacts): readonly Cause[] {
  const missing = findMissing(facts.hosts, facts.members).map(({ name }) => name)
  if (missing.length === 0) return []
  const copies = copiesOfAway(facts)
  const red = copies.filter(({ primary }) => primary)
  const what =
    copies.length === 0
      ? ''
      : red.length > 0
        ? `, and with ${pronoun(missing)} ${red.length} ${red.length === 1 ? 'primary' : 'primaries'} of ${sayFew(indicesOf({ copies: red }), 3)}`
        : `, and with ${pronoun(missing)} ${copies.length} ${copies.length === 1 ? 'replica' : 'replicas'}`
  const evidence = [
    ...missing.map(name => `${name}: ${sayEndpoint(name, facts.endpoints) ?? 'not a member'}`),
    ...[...new Set(copies.map(({ details }) => details ?? ''))].filter(text => text !== '').slice(0, 3),
    ...facts.redIndices.flatMap(index => sayAway(index, facts)).slice(0, 5),
  ]
  return [
    makeCause(
      'node_missing',
      `${sayFew(missing)} ${missing.length === 1 ? 'is' : 'are'} not in the cluster${what}`,
      evidence,
      [startNodes(missing), ...whileAway(copies), afterwards(red.length), ...waysBack(red, facts)],
      copies,
    ),
  ]
}

const pronoun = (names: readonly string[]): string => (names.length === 1 ? 'it' : 'them')

/** In-sync copies that are on no member: they are on the disks of those that are away. */
function sayAway(index: string, { shardMap, stores, unassigned }: TriageFacts): string[] {
  const found = shardMap?.indices.find(({ name }) => name === index)
  if (found === undefined || stores === null) return []
  return (unassigned ?? [])
    .filter(copy => copy.index === index && copy.primary)
    .flatMap(({ shard }) => {
      const inSync = found.shards.find(({ number }) => number === shard)?.inSync ?? []
      const here = stores.filter(one => one.index === index && one.shard === shard)
      const away = inSync.filter(id => !here.some(({ allocationId }) => allocationId === id))
      return away.length === 0
        ? []
        : [
            `${index}/${shard}: the copies with every acknowledged write (${away.join(', ')}) are on no member`,
          ]
    })
}

/** Replicas are built anew elsewhere by themselves, or at once. */
function whileAway(copies: ReturnType<typeof copiesOfAway>): Remedy[] {
  const delayed = copies.filter(({ delayed: waits, primary }) => waits && !primary)
  if (delayed.length === 0) return []
  return [
    waitFor(10 * 60_000, 'wait: replicas are built anew elsewhere once the delay of their indices is over'),
    setIndexSetting(
      { name: delayedTimeout, value: '0', indices: indicesOf({ copies: delayed }) },
      'moves-data',
      'the node does not come back: build its replicas anew at once',
    ),
  ]
}

const afterwards = (red: number): Remedy =>
  advise(
    red > 0
      ? 'if it is lost for good, say so: then what follows is what is left'
      : 'if it is lost for good: take it out of the inventory, and replicas are built anew elsewhere',
    red > 0 ? 'ops run reroute --gone NODE' : 'ops run remove-node',
  )

/** Members by the master's word that do not answer a question to every node. */
function decideHung({ members, nodes, hosts, endpoints }: TriageFacts): readonly Cause[] {
  if (members === null || nodes === null) return []
  const hung = members.filter(({ id }) => !nodes.some(node => node.id === id)).map(({ name }) => name)
  if (hung.length === 0) return []
  const known = hosts.filter(({ name }) => hung.includes(name))
  return [
    makeCause(
      'node_hung',
      `${sayFew(hung)} ${hung.length === 1 ? 'is' : 'are'} in the cluster and ${hung.length === 1 ? 'does' : 'do'} not answer`,
      hung.map(name => `${name}: ${sayEndpoint(name, endpoints) ?? 'no address of it is known'}`),
      [
        waitFor(120_000, 'wait until the cluster has dropped it, or it has come to itself'),
        advise(
          `look at ${sayFew(hung)}: garbage collection, disk, memory; then restart ${known.some(mayHoldData) ? 'it' : 'the process'}`,
          'journalctl -u elasticsearch -n 200',
        ),
      ],
    ),
  ]
}
