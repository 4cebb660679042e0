// Schedulers killed at any call they make, two of them on one state, clocks that jump, runs that end in any way: no due time is
// started twice, and every one is accounted for.
import { expect } from 'chai'
import fc from 'fast-check'
import { dueTimes } from '../../../src/scheduler/due-times.ts'
import { actorOf } from '../../../src/scheduler/job.ts'
import {
  type Child,
  type Death,
  jobOf,
  type Process,
  ScheduleWorld,
} from '../../support/schedule-world/schedule-world.ts'

const hourly = jobOf({ id: 'hourly', cron: '0 * * * *' })
const nightly = jobOf({ id: 'nightly', cron: '30 2 * * *', timezone: 'Europe/Warsaw', overlap: 'skip' })
const jobs = [hourly, nightly]
const begin = '2026-03-28T12:30:00Z'

describe('a scheduler killed at any of its calls', () => {
  for (const when of ['before', 'after'] as const) {
    it(`right ${when} it leaves a due time that is started once or reported, never twice`, async () => {
      const calls = await countCalls()
      expect(calls).to.be.greaterThan(10)
      for (let call = 1; call <= calls; call++) {
        using world = new ScheduleWorld(begin)
        // Somebody has seen the job before: from here on every due time counts.
        await world.boot([hourly]).look()
        const first = world.boot([hourly], { death: { call, when } })
        await oneHour(world, first)
        first.life.kill()
        await drain(world, world.boot([hourly]))
        await expectAccounted(world, `killed ${when} call ${call}`)
        const states = await world.states('hourly')
        const started = world.children.length
        expect(started, `killed ${when} call ${call}`).to.be.at.most(1)
        // What was started and seen to succeed is never said to be unknown.
        if (started === 1) expect(states['2026-03-28T13:00']).to.equal('done')
      }
    })
  }

  it('among others, with jumping clocks and runs of any end, never starts a due time twice', async function () {
    this.timeout(60_000)
    await fc.assert(fc.asyncProperty(fc.array(moves, { minLength: 5, maxLength: 40 }), play), {
      numRuns: 100,
    })
  })
})

/** A look that finds nothing, one that starts a run, the end of it. */
async function oneHour(world: ScheduleWorld, process: Process): Promise<void> {
  await process.look()
  world.setClock('2026-03-28T13:00:05Z')
  await process.look()
  for (const child of world.alive()) await world.finish(child)
  await process.look()
}

async function countCalls(): Promise<number> {
  using world = new ScheduleWorld(begin)
  const process = world.boot([hourly])
  await oneHour(world, process)
  return process.life.calls
}

type Move =
  | { readonly kind: 'pass'; readonly minutes: number }
  | { readonly kind: 'setBack'; readonly minutes: number }
  | { readonly kind: 'look'; readonly who: number }
  | { readonly kind: 'kill'; readonly who: number }
  | { readonly kind: 'boot'; readonly death: Death | null }
  | { readonly kind: 'end'; readonly how: 'done' | 'failed' | 'locked' | 'killed' | 'begun' }

const death = fc.record({ call: fc.integer({ min: 1, max: 40 }), when: fc.constantFrom('before', 'after') })
const moves: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('pass'), minutes: fc.integer({ min: 1, max: 90 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pass'), minutes: fc.integer({ min: 600, max: 4320 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('setBack'), minutes: fc.integer({ min: 1, max: 180 }) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('look'), who: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill'), who: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('boot'), death: fc.option(death) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end'),
      how: fc.constantFrom('done', 'failed', 'locked', 'killed', 'begun'),
    }),
  },
) as fc.Arbitrary<Move>

async function play(script: readonly Move[]): Promise<void> {
  using world = new ScheduleWorld(begin)
  const processes = [world.boot(jobs), world.boot(jobs)]
  const locked = new Set<string>()
  const ends = new Map<string, string>()
  await processes[0]?.look()
  for (const move of script) {
    if (move.kind === 'pass') world.pass(move.minutes * 60)
    if (move.kind === 'setBack') world.pass(-move.minutes * 60)
    if (move.kind === 'look') await processes[move.who % processes.length]?.look()
    if (move.kind === 'kill') processes[move.who % processes.length]?.life.kill()
    if (move.kind === 'boot') processes.push(world.boot(jobs, { death: move.death }))
    if (move.kind === 'end') await endOne(world, move.how, locked, ends)
  }
  await drain(world, world.boot(jobs), ends)
  // Only a lock that was held, so that nothing was begun, is a reason to try again.
  for (const [actor, starts] of world.startsByActor()) {
    if (!locked.has(actor)) expect(starts, actor).to.equal(1)
  }
  for (const { id } of jobs) {
    for (const { dueAt, state } of await world.ledger.rows(id, 100_000)) {
      const actor = actorOf(id, dueAt)
      const end = ends.get(actor)
      if (end !== undefined && !locked.has(actor)) expect(state, actor).to.equal(end)
    }
  }
  await expectAccounted(world, JSON.stringify(script))
}

async function endOne(
  world: ScheduleWorld,
  how: (Move & { kind: 'end' })['how'],
  locked: Set<string>,
  ends: Map<string, string>,
): Promise<void> {
  const [child] = world.alive()
  if (child === undefined) return
  if (how === 'begun') return world.begin(child)
  // One whose run has begun holds its locks.
  if (how === 'locked' && child.run !== null) return
  if (how === 'locked') locked.add(child.call.actor)
  ends.set(child.call.actor, how === 'done' ? 'done' : 'failed')
  if (how === 'killed') return world.kill(child)
  await world.finish(child, { done: 0, failed: 1, locked: 5 }[how])
}

/** All that runs comes to its end, and a scheduler that lives has looked at it. */
async function drain(
  world: ScheduleWorld,
  process: Process,
  ends = new Map<string, string>(),
): Promise<void> {
  await process.look()
  for (let child: Child | undefined = world.alive()[0]; child !== undefined; child = world.alive()[0]) {
    ends.set(child.call.actor, 'done')
    await world.finish(child)
    await process.look()
    world.pass(301)
    await process.look()
  }
}

/** Every due time from the first look to now, by the clock as it stands, has a row, and none is left open that nobody carries out. */
async function expectAccounted(world: ScheduleWorld, what: string): Promise<void> {
  const looks = await world.ledger.looks()
  for (const { id, schedule } of jobs) {
    if (!looks.some(({ job }) => job === id)) continue
    const rows = await world.ledger.rows(id, 100_000)
    const due = dueTimes(schedule.cron, schedule.timezone, new Date(begin), world.now)
    const known = new Set(rows.map(({ dueAt }) => dueAt))
    expect(
      due.map(time => time.toISOString()).filter(dueAt => !known.has(dueAt)),
      `${id}: without a row; ${what}`,
    ).to.deep.equal([])
    expect(
      rows.filter(({ state }) => state === 'claimed'),
      `${id}: left claimed; ${what}`,
    ).to.deep.equal([])
  }
}
