// A large set of members of whom no two may be down together, found greedily: each needs a wave of its own.
import { add, at, type Rows } from './rows.ts'

/** Looks at neighbours before it settles for what it has: tenths of a second, and the same on every machine. */
const patience = 20_000_000

/** The ids of the largest clique found, in rising order; grown from every member in turn, most neighbours first. */
export function findClique(graph: Rows, ids: readonly number[]): number[] {
  const inSubset = new Uint8Array(graph.starts.length - 1)
  for (const id of ids) inSubset[id] = 1
  const degrees = new Int32Array(inSubset.length)
  for (const id of ids) for (const neighbour of graph.row(id)) add(degrees, id, at(inSubset, neighbour))
  const byDegree = (a: number, b: number): number => at(degrees, b) - at(degrees, a) || a - b

  const links = new Int32Array(inSubset.length)
  let best: number[] = []
  let looks = 0
  for (const seed of ids.toSorted(byDegree)) {
    if (at(degrees, seed) < best.length || looks > patience) break
    const candidates = Array.from(graph.row(seed).filter(id => at(inSubset, id))).sort(byDegree)
    const clique = growClique(graph, seed, candidates, links)
    for (const id of clique) looks += graph.size(id)
    if (clique.length > best.length) best = clique
  }
  return best.sort((a, b) => a - b)
}

/** Adds each candidate that is a neighbour of all before it; `links` is all zeros before and after. */
function growClique(graph: Rows, seed: number, candidates: readonly number[], links: Int32Array): number[] {
  const clique = [seed]
  for (const id of candidates) {
    if (at(links, id) !== clique.length - 1) continue
    clique.push(id)
    for (const neighbour of graph.row(id)) add(links, neighbour, 1)
  }
  for (const id of clique) for (const neighbour of graph.row(id)) links[neighbour] = 0
  return clique
}
