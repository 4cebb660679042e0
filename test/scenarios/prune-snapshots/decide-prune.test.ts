// The policy: cases, and what must hold whatever lies in a repository.
import { expect } from 'chai'
import fc from 'fast-check'
import { type Candidate, decidePrune, type Policy } from '../../../runbooks/prune-snapshots/decide-prune.ts'

const dayMs = 86_400_000
const now = Date.parse('2025-04-10T02:00:00Z')
const policy: Policy = { daily: 14, weekly: 8, monthly: 12, minGood: 7, failedDays: 7 }
const one = (ageDays: number, more: Partial<Candidate> = {}): Candidate => ({
  ...{
    name: `day-${ageDays}`,
    state: 'SUCCESS',
    startedAtMs: now - ageDays * dayMs,
    ours: true,
    proven: true,
  },
  ...more,
})
const nightly = (days: number): Candidate[] => Array.from({ length: days }, (_, age) => one(age))
const namesOf = (verdicts: readonly { name: string }[]): string[] => verdicts.map(({ name }) => name)

const candidate = fc.record({
  ageMs: fc.integer({ min: -dayMs, max: 800 * dayMs }),
  state: fc.constantFrom<Candidate['state']>(
    'SUCCESS',
    'SUCCESS',
    'PARTIAL',
    'FAILED',
    'IN_PROGRESS',
    'INCOMPATIBLE',
  ),
  ours: fc.boolean(),
  proven: fc.boolean(),
})
const repository = fc
  .array(candidate, { maxLength: 60 })
  .map(list => list.map(({ ageMs, ...rest }, at) => ({ name: `s${at}`, startedAtMs: now - ageMs, ...rest })))
const policies = fc.record({
  daily: fc.integer({ min: 1, max: 20 }),
  weekly: fc.integer({ min: 0, max: 10 }),
  monthly: fc.integer({ min: 0, max: 12 }),
  minGood: fc.integer({ min: 1, max: 10 }),
  failedDays: fc.integer({ min: 1, max: 30 }),
})
const isGood = ({ ours, proven, state }: Candidate) => ours && proven && state === 'SUCCESS'
const holds = (check: (list: Candidate[], given: Policy) => void): void =>
  fc.assert(fc.property(repository, policies, check), { numRuns: 300 })

describe('the policy of prune-snapshots', () => {
  it('keeps days, weeks and months, one of each', () => {
    const { keep, remove } = decidePrune(nightly(400), policy, now)
    expect(namesOf(keep).slice(0, 14)).to.deep.equal(namesOf(nightly(14)))
    expect(keep.length).to.be.within(14 + 6 + 9, 14 + 8 + 12)
    expect(keep.length + remove.length).to.equal(400)
    // The last night of March and of the months before it, and a year of them.
    expect(namesOf(keep)).to.include.members(['day-10', 'day-41', 'day-69'])
  })

  it('keeps an old good one while there are too few', () => {
    expect(decidePrune([one(500), one(600)], { ...policy, monthly: 0 }, now).remove).to.deep.equal([])
  })

  it('chooses the good one of a day, not the newest', () => {
    const list = [one(0), one(0.1, { name: 'unproven', proven: false, startedAtMs: now + 1000 })]
    const { remove } = decidePrune(list, { ...policy, minGood: 1, weekly: 0, monthly: 0 }, now)
    expect(namesOf(remove)).to.deep.equal(['unproven'])
  })

  it('lets a failed one go when it is old and a good one is newer, not before', () => {
    const failed = [one(3, { state: 'PARTIAL' }), one(30, { state: 'FAILED' })]
    expect(namesOf(decidePrune([...failed, one(1)], policy, now).remove)).to.deep.equal(['day-30'])
    expect(decidePrune(failed, policy, now).remove).to.deep.equal([])
  })

  it('never lets the newest good one go', () =>
    holds((list, given) => {
      const [newest] = list.filter(isGood).sort((a, b) => b.startedAtMs - a.startedAtMs)
      const removed = namesOf(decidePrune(list, given, now).remove)
      if (newest === undefined) {
        const whole = list.filter(({ name, state }) => state === 'SUCCESS' && removed.includes(name))
        expect(whole).to.deep.equal([])
        return
      }
      const kept = list.filter(one => isGood(one) && !removed.includes(one.name))
      expect(Math.max(...kept.map(({ startedAtMs }) => startedAtMs))).to.equal(newest.startedAtMs)
    }))

  it('keeps as many good ones as are asked for, or all of them', () =>
    holds((list, given) => {
      const removed = namesOf(decidePrune(list, given, now).remove)
      const good = list.filter(isGood)
      expect(good.filter(({ name }) => !removed.includes(name)).length).to.be.at.least(
        Math.min(good.length, given.minGood),
      )
    }))

  it('touches neither what is not ours nor what is being taken', () =>
    holds((list, given) => {
      const removed = namesOf(decidePrune(list, given, now).remove)
      for (const { name, ours, state } of list)
        if (!ours || state === 'IN_PROGRESS' || state === 'INCOMPATIBLE') expect(removed).not.to.include(name)
    }))

  it('decides of every one, the same in whatever order they are listed', () =>
    holds((list, given) => {
      const decided = decidePrune(list, given, now)
      expect(namesOf([...decided.keep, ...decided.remove]).sort()).to.deep.equal(namesOf(list).sort())
      expect(decidePrune([...list].reverse(), given, now)).to.deep.equal(decided)
    }))

  it('finds nothing more to do once it was followed', () =>
    holds((list, given) => {
      const removed = namesOf(decidePrune(list, given, now).remove)
      const left = list.filter(({ name }) => !removed.includes(name))
      expect(decidePrune(left, given, now).remove).to.deep.equal([])
    }))
})
