// The crash matrix: a rolling restart of ten nodes dies at every journal record, and another process carries it on.
import { type CrashCase, crashEverywhere } from '../../support/fake-world/crash.ts'
import type { FakeWorldOptions } from '../../support/fake-world/fake-world.ts'

const withShutdownApi: FakeWorldOptions = {
  prepare: cluster =>
    cluster.set({ capabilities: { nodeShutdown: true, slm: false, ilm: false, machineLearning: false } }),
}
const withZeroReplicas: FakeWorldOptions = { prepare: cluster => cluster.spoil('zeroReplicas') }

const bothModes: readonly CrashCase['mode'][] = ['resume', 'abort']

interface Case extends Omit<CrashCase, 'mode'> {
  readonly modes?: readonly CrashCase['mode'][]
}

const cases: Record<string, Case> = {
  'an allocation delay on the indices': {},
  'the shutdown API': { world: withShutdownApi },
  'allocation of primaries only': { params: { hold: 'primaries' } },
  'replicas for indices that have none': {
    world: withZeroReplicas,
    params: { protectZeroReplicas: true },
  },
}

describe('a process killed right before and right after every journal record', function () {
  this.timeout(120_000)
  const ends = {
    resume: 'resumed to the end: each node restarted once, nothing lost, nothing left',
    abort: 'aborted: no node down, nothing lost, nothing left',
  }
  for (const [name, { modes = bothModes, ...crash }] of Object.entries(cases)) {
    for (const mode of modes) {
      it(`with ${name}, is ${ends[mode]}`, () => crashEverywhere({ ...crash, mode }))
    }
  }
})
