// Gates on what is asked for and on the plan: it can be done, within the disks and racks that there are.
import { type Gate, pass, refuse, refuseAny, sayBytes } from '#sdk'
import type { ReassignFacts } from '../facts.ts'
import { namesIn, type ReassignParams } from '../params.ts'
import { keyOf } from '../sizes.ts'
import { sayBroker } from '../words.ts'
import { plannedFor } from '../world.ts'

export const placementGates: readonly Gate<ReassignFacts, ReassignParams>[] = [
  {
    name: 'topics_are_there_and_not_internal',
    prevents: 'A misspelt name that raises nothing, or a change of what the brokers keep for themselves.',
    waivable: 'never',
    check: ({ partitions }, { topic }) => {
      const internal = new Map(partitions.map(one => [one.topic, one.internal]))
      const named = namesIn(topic)
      return refuseAny(
        named.flatMap(name => {
          if (!internal.has(name)) return [`there is no topic ${name}`]
          return internal.get(name) === true ? [`${name} is internal`] : []
        }),
        named.length === 0 ? 'no topic is named' : named.join(', '),
      )
    },
  },
  {
    name: 'copies_only_become_more',
    prevents: 'A raise that would take copies away.',
    waivable: 'never',
    check: ({ partitions }, { topic, raiseRf }) => {
      if (raiseRf === undefined) return pass('no topic gets more copies')
      return refuseAny(
        partitions
          .filter(one => namesIn(topic).includes(one.topic) && one.replicas.length > raiseRf)
          .map(one => `${keyOf(one)} has ${one.replicas.length} copies`),
        `${raiseRf} copies`,
      )
    },
  },
  {
    name: 'brokers_asked_for_are_registered',
    prevents: 'Copies being sent to a broker that is not there.',
    waivable: 'never',
    check: ({ identity, inventory }, { add, drain }) => {
      const registered = new Set(identity.brokers.map(({ id }) => id))
      const away = inventory.brokers.filter(({ id }) => !registered.has(id)).map(({ name }) => name)
      const wanted = namesIn(add)
      return refuseAny(
        wanted.filter(name => away.includes(name)).map(name => `${name} is not registered`),
        [...wanted, ...namesIn(drain)].join(', ') || 'no broker is named',
      )
    },
  },
  {
    name: 'disk_sizes_are_known',
    prevents: 'Filling up a disk because nobody knows how large it is.',
    waivable: 'reason',
    check: ({ logDirs: [, dirs] }) => {
      if (dirs.length === 0) return refuse('no broker tells of its disks')
      return refuseAny(
        dirs
          .filter(({ totalBytes, usableBytes }) => totalBytes === null || usableBytes === null)
          .map(({ broker, path }) => `broker ${broker} does not tell how large the disk of ${path} is`),
        `${dirs.length} disks`,
      )
    },
  },
  {
    name: 'every_copy_finds_a_place',
    prevents:
      'Beginning what cannot be ended: too few brokers, racks or bytes for the copies that must move.',
    waivable: 'never',
    check: (facts, params) => {
      const { plan, brokers } = plannedFor(facts, params)
      const fullest = plan.brokers
        .filter(({ totalBytes, bytesIn }) => totalBytes !== null && bytesIn > 0)
        .sort((a, b) => b.peakBytes / (b.totalBytes ?? 1) - a.peakBytes / (a.totalBytes ?? 1))[0]
      return refuseAny(
        plan.unplaced.map(one => `${keyOf(one)}: ${one.because}`),
        fullest === undefined
          ? 'nothing is copied'
          : `at most ${sayBytes(fullest.peakBytes)} of ${sayBytes(fullest.totalBytes ?? 0)} on ${sayBroker(brokers, fullest.id)}`,
      )
    },
  },
  {
    name: 'racks_are_known_of_all_or_none',
    prevents: 'Two copies in one rack because a single broker does not say where it stands.',
    waivable: 'reason',
    check: (facts, params) => {
      const { brokers } = plannedFor(facts, params).world
      const without = brokers.filter(({ rack }) => rack === null)
      if (without.length === brokers.length) return pass('no broker has a rack')
      return refuseAny(
        without.map(({ id }) => `broker ${id} has no rack`),
        `${new Set(brokers.map(({ rack }) => rack)).size} racks`,
      )
    },
  },
  {
    name: 'copies_stay_as_spread_as_they_are',
    prevents: 'Losing all copies of a partition with one rack.',
    waivable: 'reason',
    check: (facts, params) => {
      const { lessSpread } = plannedFor(facts, params).plan
      return refuseAny(
        lessSpread.map(name => `${name} would be in fewer racks`),
        'no partition is in fewer racks afterwards',
      )
    },
  },
]
