// Worlds in which something goes wrong in the middle of a restart, and how a test goes on when it is mended.
import { expect } from 'chai'
import type { RunEnd } from '../../../src/engine/run.ts'
import type { OpsError } from '../../../src/errors/index.ts'
import { FakeWorld } from './fake-world.ts'
import { carryOn, expectClean, temporaryThings } from './restart.ts'

/** A world of ten nodes in which something goes wrong. */
export const beginTrouble = (prepare: (world: FakeWorld) => void) => {
  const world = new FakeWorld()
  const before = temporaryThings(world.cluster.state)
  prepare(world)
  return { world, before }
}
export const failureOf = (end: RunEnd | 'killed'): OpsError => {
  if (end === 'killed' || end.error === null) throw new Error('the run did not fail')
  return end.error
}
export const mendAndResume = async (world: FakeWorld, before: string) => {
  expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
  expectClean(world, before)
}
