// Two crashes in a row, at records that nobody chose: the second process dies while it carries the first one's run on.
import fc from 'fast-check'
import type { FakeCluster } from '../../support/fake-cluster/fake-cluster.ts'
import { crashAndCarryOn } from '../../support/fake-world/crash.ts'

const cut = fc.record({
  record: fc.integer({ min: 1, max: 155 }),
  when: fc.constantFrom('before' as const, 'after' as const),
})

describe('a run whose process is killed twice', function () {
  this.timeout(60_000)
  const world = {
    prepare: (cluster: FakeCluster) =>
      cluster.set({ capabilities: { nodeShutdown: true, slm: false, ilm: false, machineLearning: false } }),
  }

  it('ends in the same world, wherever it was cut', () =>
    fc.assert(
      fc.asyncProperty(cut, cut, (first, second) => crashAndCarryOn({ mode: 'resume' }, [first, second])),
      { numRuns: 60 },
    ))

  it('ends in the same world with the shutdown API too', () =>
    fc.assert(
      fc.asyncProperty(cut, cut, (first, second) =>
        crashAndCarryOn({ mode: 'resume', world }, [first, second]),
      ),
      { numRuns: 60 },
    ))

  it('leaves nothing when it is aborted twice', () =>
    fc.assert(
      fc.asyncProperty(cut, cut, (first, second) => crashAndCarryOn({ mode: 'abort' }, [first, second])),
      { numRuns: 60 },
    ))
})
