// Every way to make waves is tried; the fewest waves win, then the way that is easiest to explain.
import { listAttributes } from './by-attribute.ts'
import { colourWaves } from './colouring.ts'
import { Downs } from './downs.ts'
import type { Limits } from './limits.ts'
import { placeLast } from './place-last.ts'
import type { Rows } from './rows.ts'
import { splitIntoWaves } from './split-into-waves.ts'
import type { WavePlan } from './world.ts'

interface Candidate {
  readonly method: WavePlan['method']
  readonly waves: readonly (readonly number[])[]
}

/** `ids` in waves, none less than `lowerBound`; each of `ids` may stop alone. */
export function chooseWaves(
  limits: Limits,
  graph: Rows,
  ids: readonly number[],
  lowerBound: number,
): Candidate {
  const { others = [], last = [] } = Object.groupBy(ids, id => (limits.members[id]?.last ? 'last' : 'others'))
  const serial: Candidate = { method: 'serial', waves: [...others, ...last].map(id => [id]) }
  if (serial.waves.length === lowerBound) return serial

  const downs = new Downs(limits)
  const finish = (method: WavePlan['method'], waves: number[][]): Candidate => {
    return { method, waves: placeLast(limits, downs, waves, last) }
  }
  const firstFit = finish('colouring', splitIntoWaves(limits, downs, { classes: [], loose: others }))
  const isBest = firstFit.waves.length === lowerBound
  const coloured = isBest ? firstFit : finish('colouring', colourWaves(limits, graph, downs, others))
  const split = listAttributes(limits, downs, others)
    .filter(({ classes }) => classes.length <= coloured.waves.length)
    .map(attribute => finish(`by ${attribute.key}`, splitIntoWaves(limits, downs, attribute)))
  return [serial, ...split, firstFit, coloured].reduce((best, other) => {
    return other.waves.length < best.waves.length ? other : best
  })
}
