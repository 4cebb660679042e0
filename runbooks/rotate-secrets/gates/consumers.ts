// Gates on the hosts that use a secret: do we know all of them, and will we see that they work with another one?
import { refuseAny } from '#sdk'
import type { ConsumerFacts, RotateFacts } from '../facts.ts'
import type { RotateGate } from './vault.ts'

export const consumerGates: readonly RotateGate[] = [
  {
    name: 'every_consumer_pattern_matches_hosts',
    prevents: 'A group that was renamed, whose hosts are forgotten and refused from then on.',
    waivable: 'reason',
    check: ({ secrets }) =>
      refuseAny(
        secrets.flatMap(({ declaration: { id }, unmatched }) =>
          unmatched.map(pattern => `${id}: ${pattern} matches no host`),
        ),
        secrets.map(({ declaration: { id }, consumers }) => `${id}: ${consumers.length} hosts`).join(', ') ||
          'none is chosen',
      ),
  },
  {
    name: 'every_consumer_says_how_it_takes_the_secret',
    prevents: 'A host that uses the secret and is not given the new one.',
    waivable: 'never',
    check: facts =>
      refuseAny(
        troublesOf(facts, ({ planned }) =>
          planned === null ? 'its inventory has no secret_consumers for it' : null,
        ),
        'every host has its entry',
      ),
  },
  {
    name: 'every_consumer_can_be_verified',
    prevents: 'Going on to the next host when nobody can tell whether the last one still works.',
    waivable: 'reason',
    check: facts =>
      refuseAny(
        troublesOf(facts, ({ planned, verifiable }) =>
          planned !== null && !verifiable ? 'it has no login_url to be verified by' : null,
        ),
        'by its events or its login',
      ),
  },
  {
    name: 'every_consumer_can_be_reached',
    prevents: 'A host that is away and comes back with a secret that has been revoked.',
    waivable: 'never',
    check: facts =>
      refuseAny(
        troublesOf(facts, ({ planned, silent }) => (planned === null ? null : silent)),
        'each has answered',
      ),
  },
  {
    name: 'every_consumer_works_with_the_current_secret',
    prevents:
      'A consumer that fails before anything is touched, or uses a secret that nobody has written down.',
    waivable: 'never',
    check: facts =>
      refuseAny(
        troublesOf(facts, ({ planned, silent, problem }) =>
          planned === null || silent !== null ? null : problem,
        ),
        'each uses it and is let in',
      ),
  },
  {
    name: 'the_secret_lies_in_no_other_file',
    prevents: 'A copy in another file of a host, which goes on being used after the secret is gone.',
    waivable: 'reason',
    check: facts =>
      refuseAny(
        troublesOf(facts, ({ elsewhere }) =>
          elsewhere.length === 0 ? null : `it is in ${elsewhere.join(' and ')} as well`,
        ),
        saySearched(facts),
      ),
  },
]

function saySearched({ secrets }: RotateFacts): string {
  const inPart = secrets.flatMap(({ consumers }) =>
    consumers.filter(one => one.searchedInPart).map(({ host }) => host),
  )
  const but = inPart.length === 0 ? '' : `; not all could be on ${[...new Set(inPart)].join(' and ')}`
  return `in none that was looked at${but}`
}

const troublesOf = (
  { secrets }: RotateFacts,
  explain: (one: ConsumerFacts) => string | null,
): readonly string[] =>
  secrets.flatMap(({ declaration: { id }, consumers }) =>
    consumers.flatMap(one => {
      const why = explain(one)
      return why === null ? [] : [`${id}: ${one.host}: ${why}`]
    }),
  )
