// The crash matrix: a rolling restart of ten nodes dies at every journal record, and another process carries it on.
import { type CrashCase, crashEverywhere } from '../../support/fake-world/crash.ts'
import type { FakeWorldOptions } from '../../support/fake-world/fake-world.ts'

const withShutdownApi: FakeWorldOptions = {
  prepare: cluster =>
    cluster.set({ capabilities: { nodeShutdown: true, slm: false, ilm: false, machineLearning: false } }),
}
const withZeroReplicas: FakeWorldOptions = { prepare: cluster => cluster.spoil('zeroReplicas') }

const cases: Record<string, Omit<CrashCase, 'mode'>> = {
  'an allocation delay on the indices': {},
  'the shutdown API': { world: withShutdownApi },
  'replicas for indices that have none': { world: withZeroReplicas, params: { protectZeroReplicas: true } },
}

describe('a process killed right before and right after every journal record', function () {
  this.timeout(120_000)
  for (const [name, crash] of Object.entries(cases)) {
    it(`with ${name}, is resumed to the end: each node restarted once, nothing lost, nothing left`, () =>
      crashEverywhere({ ...crash, mode: 'resume' }))
    it(`with ${name}, is aborted: no node down, nothing lost, nothing left`, () =>
      crashEverywhere({ ...crash, mode: 'abort' }))
  }
})
