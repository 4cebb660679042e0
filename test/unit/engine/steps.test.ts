import { expect } from 'chai'
import { Deferred } from '../../../src/engine/control.ts'
import { runStep } from '../../../src/engine/steps.ts'
import { OpsError } from '../../../src/errors/index.ts'
import type { Step } from '../../../src/sdk/run.ts'
import { engineParts } from '../../support/fake-world/engine-parts.ts'

const unknown = new OpsError('OUTCOME_UNKNOWN', { message: 'no answer' })
const failed = new OpsError('ANSIBLE_FAILED', { message: 'task failed' })

/** A service that can be stopped; `answers` say what becomes of each attempt. */
function stopping(answers: ('works' | 'lost before' | 'lost after' | 'fails' | 'defers')[]) {
  const service = { running: true, attempts: 0, probes: 0 }
  const step: Step<string> = {
    key: 'a.stop',
    title: 'stop a',
    observe: async () => {
      service.probes += 1
      return service.running ? { state: 'not-done' } : { state: 'done', result: 'seen' }
    },
    apply: async () => {
      const answer = answers[service.attempts++] ?? 'works'
      if (answer === 'defers') throw new Deferred('not now')
      if (answer === 'works' || answer === 'lost after') service.running = false
      if (answer === 'fails') throw failed
      if (answer !== 'works') throw unknown
      return 'stopped'
    },
  }
  return { service, step }
}

describe('a step', () => {
  it('journals the intent before the effect and the result after it', async () => {
    const parts = engineParts()
    const { step } = stopping([])
    const apply = async () => {
      expect(await parts.types()).to.deep.equal(['step.intent'])
      return step.apply()
    }
    expect(await runStep(parts, { ...step, apply })).to.equal('stopped')
    expect((await parts.records()).at(-1)).to.include({
      type: 'step.done',
      how: 'applied',
      result: 'stopped',
    })
  })

  it('that the journal has as done is neither done nor looked at again', async () => {
    const parts = engineParts()
    const { step, service } = stopping([])
    await runStep(parts, step)
    expect(await runStep(await parts.again(), step)).to.equal('stopped')
    expect(service).to.include({ attempts: 1, probes: 0 })
  })

  it('begun by a process that died is done when a probe finds its effect', async () => {
    const parts = engineParts()
    const { step, service } = stopping([])
    await parts.recorder.append('step.intent', { step: 'a.stop' })
    service.running = false
    expect(await runStep(await parts.again(), step)).to.equal('seen')
    expect(service.attempts).to.equal(0)
    expect((await parts.records()).at(-1)).to.include({ type: 'step.done', how: 'observed' })
  })

  it('begun by a process that died is done anew when a probe finds no effect', async () => {
    const parts = engineParts()
    const { step, service } = stopping([])
    await parts.recorder.append('step.intent', { step: 'a.stop' })
    expect(await runStep(await parts.again(), step)).to.equal('stopped')
    expect(service).to.include({ attempts: 1, probes: 1 })
  })

  it('of unknown outcome is done when a probe says so, and not repeated', async () => {
    const parts = engineParts()
    const { step, service } = stopping(['lost after'])
    expect(await runStep(parts, { ...step, retries: 3 })).to.equal('seen')
    expect(service.attempts).to.equal(1)
    expect(await parts.types()).to.deep.equal(['step.intent', 'step.unknown', 'step.done'])
  })

  it('of unknown outcome is repeated only after a probe, and only as often as it allows', async () => {
    const parts = engineParts()
    const { step, service } = stopping(['lost before', 'works'])
    expect(await runStep(parts, { ...step, retries: 1 })).to.equal('stopped')
    expect(service).to.include({ attempts: 2, probes: 1 })
  })

  it('that fails is not tried again unless it allows it', async () => {
    const parts = engineParts()
    const { step, service } = stopping(['fails', 'works'])
    expect(await runStep(parts, step).catch(error => error)).to.equal(failed)
    expect(service).to.include({ attempts: 1, running: true })
    expect(await parts.types()).to.deep.equal(['step.intent', 'step.failed'])
  })

  it('waits longer before every further attempt and gives up in the end', async () => {
    const parts = engineParts()
    const { step, service } = stopping(['fails', 'fails', 'fails', 'works'])
    const begunMs = parts.clock.monotonicMs()
    expect(await runStep(parts, { ...step, retries: 2 }).catch(error => error)).to.equal(failed)
    expect(service.attempts).to.equal(3)
    expect(parts.clock.monotonicMs() - begunMs).to.equal(2000 + 4000)
  })

  it('does not begin when its guard refuses', async () => {
    const parts = engineParts()
    const { step, service } = stopping([])
    const guard = async () => {
      throw new Deferred('a replica is missing')
    }
    expect(await runStep(parts, { ...step, guard }).catch(error => error)).to.be.instanceOf(Deferred)
    expect(service.attempts).to.equal(0)
    expect(await parts.types()).to.deep.equal([])
  })

  it('looks through its guard again before a further attempt', async () => {
    const parts = engineParts()
    const { step } = stopping(['fails', 'works'])
    let looks = 0
    const guard = async () => {
      looks += 1
    }
    await runStep(parts, { ...step, guard, retries: 1 })
    expect(looks).to.equal(2)
  })

  it('stopped at once leaves its intent open, for a probe to decide later', async () => {
    const parts = engineParts()
    const { step } = stopping(['lost after'])
    const apply = async () => {
      parts.control.stopNow(new OpsError('INTERRUPTED', { message: 'twice' }))
      return step.apply()
    }
    expect(await runStep(parts, { ...step, apply, retries: 5 }).catch(error => error)).to.equal(unknown)
    expect(await parts.types()).to.deep.equal(['step.intent'])
  })

  it('never repeats what failed by a bug of ours', async () => {
    const parts = engineParts()
    let attempts = 0
    const apply = async () => {
      attempts += 1
      throw new TypeError('undefined is not a function')
    }
    const error = await runStep(parts, { ...stopping([]).step, apply, retries: 5 }).catch(thrown => thrown)
    expect(error).to.include({ code: 'BUG' })
    expect(attempts).to.equal(1)
  })
})
