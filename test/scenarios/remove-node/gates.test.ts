// Walks the table of gates of remove-node.
import { expect } from 'chai'
import { allGates, gates } from '../../../runbooks/remove-node/gates/index.ts'
import { itWalksTheTable } from '../../support/gate-table.ts'
import { paramsOf, removeFacts } from './calm-facts.ts'
import { gateCases } from './gate-cases.ts'

describe('the gates of remove-node', () => {
  itWalksTheTable({ gates, cases: gateCases, paramsOf, factsOf: removeFacts })

  it('stand in one table with those on shippers, each name once', () => {
    const names = allGates.map(({ name }) => name)
    expect(new Set(names).size).to.equal(names.length)
    expect(names).to.include.members(gates.map(({ name }) => name))
  })

  it('all pass where a warm node or a coordinating one leaves a calm cluster', () => {
    for (const target of ['es-data05', 'es-coord02']) {
      const facts = removeFacts(draft => {
        draft.targets = [target]
      })
      const refusing = gates.filter(({ check }) => !check(facts, paramsOf()).pass)
      expect(refusing.map(({ name }) => name)).to.deep.equal([])
    }
  })
})
