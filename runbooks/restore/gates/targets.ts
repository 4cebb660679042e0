// Gates on where it goes: names, indices that are there already, and whoever writes into them.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import { holdersOf, type RestoreFacts } from '../facts.ts'
import type { RestoreParams } from '../params.ts'

type RestoreGate = Gate<RestoreFacts, RestoreParams>

const inPlace = ({ into }: RestoreParams): boolean => into === 'place'
/** `restored-20250410-020000-abc-` */
const prefixBytes = 29
const longestName = 255

export const targetGates: readonly RestoreGate[] = [
  {
    name: 'names_are_free',
    prevents:
      'A restore that the servers refuse because of a name, after everything else was prepared for it.',
    waivable: 'never',
    check: (facts, { into }) => {
      const { wanted } = facts
      const long = wanted.filter(name => Buffer.byteLength(name) + prefixBytes > longestName)
      const aliases =
        into === 'place'
          ? wanted.flatMap(name =>
              holdersOf(facts, name)
                .filter(holder => holder.name !== name)
                .map(holder => `${name} is an alias of ${holder.name}`),
            )
          : []
      return refuseAny(
        [...long.map(name => `${name} is too long to be given a prefix`), ...aliases],
        into === 'place' ? 'every name is free or that of an index' : 'restored-RUN-NAME for each',
      )
    },
  },
  {
    name: 'no_earlier_restore_lies_about',
    prevents: 'Disks that fill up with copies that everybody has forgotten.',
    waivable: 'reason',
    check: ({ earlier }) =>
      refuseAny(
        earlier.map(({ name }) => `${name} is still there: delete it when nobody needs it`),
        'no copy of an earlier restore',
      ),
  },
  {
    name: 'restore_over_an_existing_index_is_approved',
    prevents: 'Losing what came into an index since the snapshot, because somebody took it for broken.',
    waivable: 'approval',
    applies: inPlace,
    check: facts =>
      refuseAny(
        facts.wanted.flatMap(index =>
          facts.existing
            .filter(({ name }) => name === index)
            .map(({ name, open, aliases }) => {
              const lost = aliases.length === 0 ? '' : `, its aliases ${aliases.join(', ')} with it`
              return `${name} (${open ? 'open' : 'closed'}) would be deleted and replaced${lost}`
            }),
        ),
        'none of them is there',
      ),
  },
  {
    name: 'no_restore_over_an_open_index',
    prevents: 'Documents that are acknowledged and gone: written into the old index while it is replaced.',
    waivable: 'approval',
    applies: inPlace,
    check: (facts, { stopWriters }) => {
      if (stopWriters && facts.writers.length > 0) return pass('its writers stand still meanwhile')
      return refuseAny(
        facts.existing
          .filter(({ name, open, settings }) => facts.wanted.includes(name) && open && !isBlocked(settings))
          .map(({ name }) => `${name} is open and may be written to`),
        'none of them is there, open and written to',
      )
    },
  },
  {
    name: 'writers_stand_still',
    prevents: 'An index that a writer makes anew, empty, in the moment before it is restored.',
    waivable: 'approval',
    applies: inPlace,
    check: ({ writers }, { stopWriters }) => {
      if (!stopWriters) return refuse('writers are not stopped: --stop-writers stops those of the inventory')
      const hosts = writers.flatMap(one => one.hosts)
      return hosts.length === 0
        ? refuse('the inventory has no group logstash, so ops cannot stop anybody')
        : pass(`${hosts.join(' and ')} are stopped meanwhile`)
    },
  },
]

const isBlocked = (settings: Readonly<Record<string, string>>): boolean =>
  ['index.blocks.write', 'index.blocks.read_only'].some(name => settings[name] === 'true')
