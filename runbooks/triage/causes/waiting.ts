// Replicas whose primary is missing: what mends the primary mends them. Never the first cause. Pure.
import { sayFew } from '#sdk'
import { waitFor } from './remedies.ts'
import { indicesOf, type Ruling } from './sighting.ts'

const minuteMs = 60_000

export const primaryFirstRuling: Ruling = {
  id: 'primary_first',
  sentence: seen => `replicas of ${sayFew(indicesOf(seen), 3)} wait for their primaries`,
  remedies: () => [waitFor(10 * minuteMs, 'see to the primaries; replicas follow by themselves')],
}
