// Tests of the plan as data: effects, what is protected, and what changes its fingerprint.
import { expect } from 'chai'
import fc from 'fast-check'
import { planRestart } from '../../../../runbooks/rolling-restart/plan.ts'
import {
  calmFacts,
  type FactsDraft,
  indexOn,
  nodeNames,
  paramsOf,
} from '../../../scenarios/rolling-restart/calm-facts.ts'

const plan = (change?: (facts: FactsDraft) => void, given: Parameters<typeof paramsOf>[0] = {}) =>
  planRestart(calmFacts(change), paramsOf(given))
const addScratch = ({ map }: FactsDraft) => {
  map.indices.push(indexOn('scratch', ['es-data03']))
}

describe('planRestart', () => {
  it('takes every node once, coordinators first, the elected master last', () => {
    const { waves = [], details } = plan()
    expect([...details.order].sort()).to.deep.equal([...nodeNames].sort())
    expect(waves.flat()).to.deep.equal(details.order)
    expect(details.order[0]).to.match(/^es-coord/)
    expect(details.order.at(-1)).to.equal('es-master01')
  })

  it('says what it will touch', () => {
    const { effects } = plan()
    expect(effects.filter(effect => effect.startsWith('stop and start'))).to.have.length(10)
    expect(effects.join('\n'))
      .to.include('set index.unassigned.node_left.delayed_timeout to 900s on 4 indices')
      .and.include('ops-canary')
  })

  it('counts the indices that get the delay: all that this user may change, also those that may move there', () => {
    const { effects } = plan(facts => {
      facts.targets = ['es-coord01']
      facts.unchangeable = ['.security-7']
    })
    expect(effects.join('\n')).to.include('on 3 indices')
  })

  it('says it where it uses the API or the whole cluster', () => {
    const api = plan(({ capabilities }) => Object.assign(capabilities, { nodeShutdown: true }))
    expect(api.effects.join('\n')).to.include('announce each node to the shutdown API')
    const primaries = plan(() => {}, { hold: 'primaries' })
    expect(primaries.effects.join('\n')).to.include('cluster.routing.allocation.enable to primaries')
  })

  it('restarts one at a time with --serial', () => {
    expect(plan(() => {}, { serial: true }).waves?.every(wave => wave.length === 1)).to.equal(true)
  })

  it('expects a shorter time than one after the other, from earlier runs where there are any', () => {
    expect(plan().expectedSeconds).to.be.within(60, 599)
    const known = plan(facts => Object.assign(facts, { secondsPerNode: 20 }))
    expect(known.expectedSeconds).to.be.within(20, 199)
  })

  it('gives indices without replicas one, where that was asked for', () => {
    const { details, effects } = plan(addScratch, { protectZeroReplicas: true })
    expect(details.protect).to.deep.equal(['scratch'])
    expect(details.unprotected).to.deep.equal([])
    expect(effects).to.include('give scratch one replica for the run')
  })

  it('names those that go without their only copy, where it was not', () => {
    const { details } = plan(addScratch)
    expect(details.protect).to.deep.equal([])
    expect(details.unprotected).to.deep.equal(['uuid-scratch'])
  })

  it('does not touch an index without replicas on nodes that stay up', () => {
    const { details } = plan(facts => {
      addScratch(facts)
      facts.targets = ['es-data01']
    })
    expect(details.unprotected).to.deep.equal([])
  })
})

describe('the fingerprint of a plan', () => {
  it('stays the same however the cluster orders its answers', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), numbers => {
        const shuffle = <T>(list: T[]) => {
          for (let at = list.length - 1; at > 0; at--) {
            const other = (numbers.next().value ?? 0) % (at + 1)
            ;[list[at], list[other]] = [list[other] as T, list[at] as T]
          }
        }
        const shuffled = plan(({ nodes, map, targets }) => {
          shuffle(nodes)
          shuffle(targets)
          shuffle(map.indices)
          for (const { roles } of nodes) shuffle(roles)
          for (const { shards } of map.indices) for (const { copies } of shards) shuffle(copies)
        })
        expect(shuffled.fingerprint).to.deep.equal(plan().fingerprint)
      }),
      { numRuns: 50 },
    )
  })

  const changes: Readonly<Record<string, (facts: FactsDraft) => void>> = {
    'a copy has moved': ({ map }) => {
      map.indices.splice(3, 1, indexOn('mysql-old', ['es-data04', 'es-data03']))
    },
    'a copy is no longer in sync': ({ map }) => {
      map.indices[3]?.shards[0]?.inSync.pop()
    },
    'there is another index': addScratch,
    'another master is elected': ({ master }) => Object.assign(master, { elected: 'es-master02' }),
    'a node has another version': ({ nodes }) => Object.assign(nodes[0] ?? {}, { version: '8.20.0' }),
    'a node has another role': ({ nodes }) => nodes[9]?.roles.push('ml'),
    'a node has another id': ({ nodes }) => Object.assign(nodes[9] ?? {}, { id: 'fresh' }),
    'the cluster is another one': ({ identity }) => Object.assign(identity, { clusterUuid: 'other' }),
  }
  for (const [when, change] of Object.entries(changes))
    it(`is another one when ${when}`, () => {
      expect(plan(change).fingerprint).to.not.deep.equal(plan().fingerprint)
    })

  it('stays the same when only numbers change', () => {
    const later = plan(({ counts, disk, health }) => {
      for (const count of counts) count.docs += 1000
      for (const one of disk) one.availableBytes -= 1000
      health.pendingTasks = 1
    })
    expect(later.fingerprint).to.deep.equal(plan().fingerprint)
  })
})
