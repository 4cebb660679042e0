// Walks the three tables of gates: those of a run, those of moves and those of a loss.
import { gates } from '../../../runbooks/reroute/gates/index.ts'
import { lossGates } from '../../../runbooks/reroute/gates/loss.ts'
import { moveGates } from '../../../runbooks/reroute/gates/moves.ts'
import { params } from '../../../runbooks/reroute/params.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { type Draft, itWalksTheTable } from '../../support/gate-table.ts'
import { calmFacts, calmLoss, calmMoves, gateCases, lossCases, moveCases } from './gate-cases.ts'

const changed =
  <T>(calm: T) =>
  (change: (facts: Draft<T>) => void = () => {}): T => {
    const draft = structuredClone(calm)
    change(draft as Draft<T>)
    return draft
  }
const paramsOf = (given: JsonObject) => params.parse(given)

describe('the gates of reroute', () => {
  itWalksTheTable({ gates, cases: gateCases, paramsOf, factsOf: changed(calmFacts) })
})

describe('the gates of reroute right before moves', () => {
  itWalksTheTable({ gates: moveGates, cases: moveCases, paramsOf: () => null, factsOf: changed(calmMoves) })
})

describe('the gates of reroute right before a loss', () => {
  itWalksTheTable({ gates: lossGates, cases: lossCases, paramsOf, factsOf: changed(calmLoss) })
})
