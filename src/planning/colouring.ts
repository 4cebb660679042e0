// Waves by colouring, recursive largest first: a wave starts with the hardest member and grows by those that are in
// the way of the same others, so that what is left for later waves is as free as can be.
import { findDemand } from './demand.ts'
import type { Downs } from './downs.ts'
import type { Limits } from './limits.ts'
import { add, at, type Rows } from './rows.ts'

/** All of `ids` in waves. `downs` has nobody down, before and after; each of `ids` may stop alone. */
export function colourWaves(limits: Limits, graph: Rows, downs: Downs, ids: readonly number[]): number[][] {
  const waves: number[][] = []
  const degrees = countNeighbours(limits, graph, ids)
  let rest = [...ids]
  while (rest.length > 0) {
    const wave = fillWave(limits, graph, downs, rest, { demand: findDemand(limits, rest), degrees })
    for (const id of wave) {
      downs.release(id)
      for (const neighbour of graph.row(id)) add(degrees, neighbour, -1)
    }
    waves.push(wave)
    const inWave = new Set(wave)
    rest = rest.filter(id => !inWave.has(id))
  }
  return waves
}

function countNeighbours({ names }: Limits, graph: Rows, ids: readonly number[]): Int32Array {
  const degrees = new Int32Array(names.length)
  for (const id of ids) for (const neighbour of graph.row(id)) add(degrees, neighbour, 1)
  return degrees
}

interface Hardness {
  readonly demand: Int32Array
  readonly degrees: Int32Array
}

function fillWave(limits: Limits, graph: Rows, downs: Downs, ids: readonly number[], hardness: Hardness) {
  const isOpen = new Uint8Array(limits.names.length)
  const shutNeighbours = new Int32Array(limits.names.length)
  for (const id of ids) isOpen[id] = 1
  const shut = (id: number): void => {
    if (!isOpen[id]) return
    isOpen[id] = 0
    for (const neighbour of graph.row(id)) add(shutNeighbours, neighbour, 1)
  }

  const wave: number[] = []
  const open = [...ids]
  while (!downs.isFull()) {
    keepOpen(open, isOpen)
    const id = wave.length === 0 ? pickHardest(open, hardness) : pickNext(open, hardness, shutNeighbours)
    if (id === undefined) break
    isOpen[id] = 0
    downs.take(id)
    wave.push(id)
    for (const limit of limits.limitsOf.row(id)) {
      if (!downs.hasRoom(limit)) limits.idsIn.row(limit).forEach(shut)
    }
  }
  return wave
}

function keepOpen(open: number[], isOpen: Uint8Array): void {
  let kept = 0
  for (const id of open) if (at(isOpen, id)) open[kept++] = id
  open.length = kept
}

/** The most demanded, then the one with most neighbours, then the first in plan order. */
function pickHardest(open: readonly number[], { demand, degrees }: Hardness): number | undefined {
  let best = open[0]
  for (const id of open) {
    if (best === undefined) break
    const harder = at(demand, id) - at(demand, best) || at(degrees, id) - at(degrees, best)
    if (harder > 0) best = id
  }
  return best
}

/** The most demanded, then most neighbours that must wait anyway, then fewest others, then plan order. */
function pickNext(
  open: readonly number[],
  { demand, degrees }: Hardness,
  shutNeighbours: Int32Array,
): number | undefined {
  let best = open[0]
  for (const id of open) {
    if (best === undefined) break
    const better =
      at(demand, id) - at(demand, best) ||
      at(shutNeighbours, id) - at(shutNeighbours, best) ||
      at(degrees, best) - at(degrees, id)
    if (better > 0) best = id
  }
  return best
}
