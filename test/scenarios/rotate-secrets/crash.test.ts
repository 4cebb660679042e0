// A rotation that is killed before and after every one of its records: carried on it ends rotated, aborted it ends on the old secret, and
// at no moment anybody is locked out.
import { expect } from 'chai'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import { expectTokenRotated, expectTokenTakenBack, token, tokenWorld } from './token-world.ts'
import {
  carryOn,
  expectOutcome,
  expectRotated,
  expectTakenBack,
  type RotationWorld,
  remarksOf,
  rotate,
  rotationWorld,
} from './world.ts'

interface Case {
  readonly begin: () => RotationWorld
  readonly params: { readonly secret: string; readonly soak: string; readonly canary: string }
  readonly rotated: (rotation: RotationWorld) => void
  readonly takenBack: (rotation: RotationWorld) => void
}

const cases: Readonly<Record<string, Case>> = {
  'a user of two names': {
    begin: () => rotationWorld({ source: 'log' }),
    params: { secret: 'logstash-writer', soak: '1m', canary: '10s' },
    rotated: expectRotated,
    takenBack: expectTakenBack,
  },
  'a token that the system makes': {
    begin: tokenWorld,
    params: { secret: token.id, soak: '1m', canary: '10s' },
    rotated: expectTokenRotated,
    takenBack: expectTokenTakenBack,
  },
}

/** In the soak of every case: consumers, document and users are all changed by then. */
const cutInSoak: Cut = { record: 46, when: 'after' }

/** How the world stands, by what its own run says of itself. */
async function killAndCarryOn(one: Case, cut: Cut, mode: 'resume' | 'abort'): Promise<void> {
  const rotation = one.begin()
  const { world } = rotation
  if ((await rotate(world.begin({ cut }), one.params)) !== 'killed') throw new Error('it was not killed')
  const [begun] = await world.journal.runs()
  if (begun === undefined) {
    expectOutcome(await rotate(world.begin(), one.params), 'succeeded')
    return one.rotated(rotation)
  }
  if (begun.outcome === 'succeeded') return one.rotated(rotation)
  const end = await carryOn(world.begin(), mode)
  if (mode === 'resume') {
    expectOutcome(end, 'succeeded')
    return one.rotated(rotation)
  }
  expectOutcome(end, 'aborted')
  await expectAborted(one, rotation)
}

/** Once it was revoked there is no way back: then it ends rotated, and says so. */
async function expectAborted(one: Case, rotation: RotationWorld): Promise<void> {
  const revoked = rotation.credentials.state.history.some(
    done => done.startsWith('revoke') && /(logstash_a|first-token)$/.test(done),
  )
  if (!revoked) return one.takenBack(rotation)
  expect(await remarksOf(rotation)).to.match(/stays rotated|is refused everywhere/)
  one.rotated(rotation)
}

async function killEverywhere(one: Case, mode: 'resume' | 'abort'): Promise<string[]> {
  const counted = one.begin().world.begin()
  expectOutcome(await rotate(counted, one.params), 'succeeded')
  const failures: string[] = []
  for (let record = 1; record <= counted.life.appends; record++)
    for (const when of ['before', 'after'] as const)
      await killAndCarryOn(one, { record, when }, mode).catch(thrown =>
        failures.push(`killed ${when} record ${record}: ${thrown.message}`),
      )
  return failures
}

/** Killed when consumers have the new one and the document too; then the abort is killed at every record of its own. */
async function killUndoEverywhere(one: Case): Promise<string[]> {
  const failures: string[] = []
  for (let record = 1; ; record++) {
    const rotation = one.begin()
    if ((await rotate(rotation.world.begin({ cut: cutInSoak }), one.params)) !== 'killed')
      throw new Error('it was not killed')
    const end = await carryOn(rotation.world.begin({ cut: { record, when: 'after' } }), 'abort')
    if (end !== 'killed') return failures
    const [run] = await rotation.world.journal.runs()
    try {
      if (run?.outcome !== 'aborted') expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
      one.takenBack(rotation)
    } catch (thrown) {
      failures.push(`abort killed after record ${record}: ${(thrown as Error).message}`)
    }
  }
}

/** Between the records: right after every change in Vault and in the systems. */
async function killAtEveryEffect(one: Case, mode: 'resume' | 'abort'): Promise<string[]> {
  const failures: string[] = []
  const before = one.begin()
  for (let effect = before.vault.effects.length + 1; ; effect++) {
    const rotation = one.begin()
    const process = rotation.world.begin()
    rotation.killAt = { effect, process }
    const end = await rotate(process, one.params)
    rotation.killAt = null
    if (end !== 'killed') {
      expect(effect - before.vault.effects.length, 'changes').to.be.greaterThan(8)
      return failures
    }
    try {
      const carried = await carryOn(rotation.world.begin(), mode)
      expectOutcome(carried, mode === 'resume' ? 'succeeded' : 'aborted')
      if (mode === 'resume') one.rotated(rotation)
      else await expectAborted(one, rotation)
    } catch (thrown) {
      failures.push(`killed after effect ${effect}: ${(thrown as Error).message}`)
    }
  }
}

describe('rotate-secrets, killed at every record', () => {
  for (const [what, one] of Object.entries(cases)) {
    it(`carried on, ends with ${what} rotated`, async function () {
      this.timeout(120_000)
      expect(await killEverywhere(one, 'resume')).to.deep.equal([])
    })
    it(`aborted, ends with ${what} as it was, or says that it is too late`, async function () {
      this.timeout(120_000)
      expect(await killEverywhere(one, 'abort')).to.deep.equal([])
    })
    it(`killed between records, right after every change, ends as well with ${what}`, async function () {
      this.timeout(120_000)
      expect(await killAtEveryEffect(one, 'resume')).to.deep.equal([])
      expect(await killAtEveryEffect(one, 'abort')).to.deep.equal([])
    })
    it(`aborted and killed in that as well, ends with ${what} as it was`, async function () {
      this.timeout(120_000)
      expect(await killUndoEverywhere(one)).to.deep.equal([])
    })
  }
})
