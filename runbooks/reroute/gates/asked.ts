// Gates on what was named by hand: shards whose loss is accepted, nodes that are gone, indices to be imported.
import { type DanglingIndex, type Gate, pass, refuse, refuseAny } from '#sdk'
import type { RerouteFacts } from '../facts.ts'
import { danglingIn, goneIn, lossesIn, type RerouteParams } from '../params.ts'

export const askedGates: readonly Gate<RerouteFacts, RerouteParams>[] = [
  {
    name: 'losses_are_accepted_where_there_is_something_lost',
    prevents: 'A mistyped name that gives up a shard of which a good copy exists.',
    waivable: 'never',
    check: ({ unassigned, indices }, params) => {
      const wanted = lossesIn(params)
      const red = new Set(
        unassigned.filter(({ primary }) => primary).map(({ index, shard }) => `${index}/${shard}`),
      )
      return refuseAny(
        wanted.flatMap(one => {
          const [index = '', shard = ''] = one.split('/')
          if (!indices.includes(index)) return [`there is no index ${index}`]
          const isRed = shard === 'all' ? [...red].some(name => name.startsWith(`${index}/`)) : red.has(one)
          return isRed ? [] : [`${one} has a primary`]
        }),
        wanted.length === 0 ? 'no loss is accepted' : `${wanted.join(', ')}: without a primary`,
      )
    },
  },
  {
    name: 'nodes_said_to_be_gone_are_away',
    prevents: 'Giving up what is on a node that is a member, or has only another name.',
    waivable: 'never',
    check: ({ members, hosts, master }, params) => {
      const gone = goneIn(params)
      if (gone.length > 0 && master.elected === null)
        return refuse(
          `nobody can say whether ${gone.join(', ')} ${gone.length === 1 ? 'is a member' : 'are members'} while there is no master: bring one back first, without --gone`,
        )
      return refuseAny(
        gone.flatMap(name => {
          if (members.includes(name)) return [`${name} is a member`]
          return hosts.includes(name) ? [] : [`${name} is not in the inventory`]
        }),
        gone.length === 0 ? 'no node is said to be gone' : `${gone.join(', ')}: away`,
      )
    },
  },
  {
    name: 'dangling_indices_may_be_imported',
    prevents: 'An index that was deleted coming back, or one taking the name of another.',
    waivable: 'never',
    check: (facts, params) => {
      const wanted = danglingIn(params)
      if (wanted.length === 0) return pass('none is to be imported')
      return refuseAny(
        wanted.flatMap(one => {
          const found = facts.dangling.filter(({ uuid, name }) => uuid === one || name === one)
          const [first, second] = found
          if (first === undefined) return [`no dangling index is called ${one}`]
          if (second !== undefined)
            return [`${one} is the name of ${found.length} dangling indices: give the uuid`]
          return explainImport(first, facts) ?? []
        }),
        wanted.join(', '),
      )
    },
  },
]

const oldestMs = Date.parse('2012-01-01T00:00:00Z')
const aheadMs = 60_000

/** Why it must not be; `null` where it may. */
export function explainImport(
  { name, uuid, createdAtMs }: DanglingIndex,
  { indices, nowMs }: Pick<RerouteFacts, 'indices' | 'nowMs'>,
): string | null {
  if (indices.includes(name)) return `the name of ${name} (${uuid}) is taken`
  if (createdAtMs < oldestMs || createdAtMs > nowMs + aheadMs)
    return `${name} (${uuid}) was created at ${new Date(createdAtMs).toISOString()}, it says`
  return null
}
