// How long a plan takes to find out whether consumers fall back: no longer than the answer needs.
import { expect } from 'chai'
import { lookAtKafka } from '../../../runbooks/rolling-restart/kafka/facts.ts'
import { params as schema } from '../../../runbooks/rolling-restart/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import type { BadKafkaWorldName } from '../../support/fake-kafka/fake-kafka.ts'
import { badKafkaWorlds } from '../../support/fake-kafka/worlds.ts'
import { begin } from './world.ts'

async function lookedForMs(bad?: BadKafkaWorldName): Promise<number> {
  const { world, kafka } = begin()
  if (bad !== undefined) kafka.change(badKafkaWorlds[bad])
  const { engine } = world.begin()
  await engine.clock.sleep(600_000)
  const begunMs = engine.clock.monotonicMs()
  await lookAtKafka(lookOf(engine, null), schema.parse({ service: 'kafka' }))
  return engine.clock.monotonicMs() - begunMs
}

describe('two readings of consumer lag', () => {
  it('follow each other at once where every group is within the tolerance', async () => {
    expect(await lookedForMs()).to.be.lessThan(3000)
  })

  it('are three seconds apart where a group is behind by more', async () => {
    expect(await lookedForMs('slowSink')).to.be.at.least(3000)
  })
})
