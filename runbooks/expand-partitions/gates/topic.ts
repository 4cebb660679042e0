// Gates on the topic: may it have more partitions at all, and what do its keys and its readers make of that?
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import type { ExpandFacts } from '../facts.ts'
import { readKeys } from '../keys.ts'
import type { ExpandParams } from '../params.ts'
import { offsetHazards } from '../pipelines.ts'
import { partitionsOf } from '../placement.ts'

type ExpandGate = Gate<ExpandFacts, ExpandParams>

/** Kafka Streams and Kafka Connect keep state in these, by key or by partition number. */
const stateTopics = [/-changelog$/, /-repartition$/, /^connect-(configs|offsets|status)/, /^_schemas$/]

export const topicGates: readonly ExpandGate[] = [
  {
    name: 'topic_is_there',
    prevents: 'Working on a topic whose name was misspelt, or by metadata that is not whole.',
    waivable: 'never',
    check: (facts, { topic }) => {
      const own = partitionsOf(facts, topic)
      if (own.length > 0 && facts.configs !== null) return pass(`${topic} has ${own.length} partitions`)
      const names = [...new Set(facts.partitions.filter(one => !one.internal).map(one => one.topic))].sort()
      return refuse(`there is no topic ${topic}; there are ${names.slice(0, 8).join(', ') || 'none'}`)
    },
  },
  {
    name: 'topic_belongs_to_users',
    prevents:
      'Consumer offsets, transactions or changelogs that are looked for in another partition than they lie in.',
    waivable: 'never',
    check: (facts, { topic }) => {
      const internal = partitionsOf(facts, topic).some(one => one.internal) || topic.startsWith('__')
      if (internal) return refuse(`${topic} is a topic of Kafka's own`)
      if (stateTopics.some(pattern => pattern.test(topic)))
        return refuse(`${topic} is named like the state of Kafka Streams or Connect`)
      return pass(`${topic} is an ordinary topic`)
    },
  },
  {
    name: 'target_is_more_than_now',
    prevents: 'Asking for what Kafka cannot do: partitions are never taken away.',
    waivable: 'never',
    check: (facts, { topic, to }) => {
      const now = partitionsOf(facts, topic).length
      return to > now
        ? pass(`from ${now} to ${to}`)
        : refuse(`${topic} has ${now} partitions, ${to} is not more`)
    },
  },
  {
    name: 'topic_is_not_compacted',
    prevents:
      'Two partitions that each keep a last value for the same key, of which the older one never goes away.',
    waivable: 'never',
    check: ({ configs }) => {
      const policy = configs?.get('cleanup.policy')?.value ?? null
      if (policy === null) return refuse('its cleanup.policy is not known')
      return policy.includes('compact')
        ? refuse(`cleanup.policy is ${policy}`)
        : pass(`cleanup.policy is ${policy}`)
    },
  },
  {
    name: 'keys_stay_in_their_partition',
    prevents:
      'Records of one key that are read out of order, because the later ones lie in another partition.',
    waivable: 'approval',
    check: (facts, { topic, to }) => {
      const from = partitionsOf(facts, topic).length
      const { records, keyed, keys, moved, asMurmur2 } = readKeys(facts.sample, from, to)
      const ends = facts.ranges[1].some(({ start, end }) => end > start)
      if (records === 0 && ends)
        return refuse('no record could be read, so nobody knows whether they have keys')
      if (keyed === 0) return pass(`${records} records looked at, none has a key`)
      const foreign =
        asMurmur2 === keys ? '' : `; ${keys - asMurmur2} of them lie where murmur2 would not put them`
      const evidence = `${keyed} of ${records} records have a key; of ${keys} keys ${moved} change partition from ${from} to ${to}${foreign}`
      return moved === 0 && foreign === '' ? pass(evidence) : refuse(evidence)
    },
  },
  {
    name: 'no_document_id_comes_from_the_offset',
    prevents:
      'Documents that overwrite each other, or versions that go back, because offsets begin at 0 again.',
    waivable: 'approval',
    check: ({ pipelines }) => {
      const unread = pipelines.flatMap(({ host, glob, files, problem }) => {
        if (problem !== null) return [`${host}: ${problem}`]
        return glob !== '' && files === 0 ? [`${host}: no pipeline matches ${glob}`] : []
      })
      const files = pipelines.reduce((sum, one) => sum + one.files, 0)
      const nowhere = pipelines.filter(({ glob }) => glob === '').map(({ host }) => host)
      const fine = nowhere.length === 0 ? '' : `; the inventory names no pipelines of ${nowhere.join(', ')}`
      return refuseAny([...unread, ...offsetHazards(pipelines)], `${files} pipelines read${fine}`)
    },
  },
]
