// A safe point ends a run that was told to end, and only such a run.
import { expect } from 'chai'
import { Control, Halted } from '../../../src/engine/control.ts'
import { OpsError } from '../../../src/errors/index.ts'

describe('a safe point', () => {
  it('lets a run go on that nobody has told to end', () => {
    expect(() => new Control().safePoint()).not.to.throw()
  })

  it('ends a run that was told to end at the next one', () => {
    const control = new Control()
    control.halt('interrupt')
    expect(() => control.safePoint()).to.throw(Halted)
  })

  it('ends a run that must stop at once with the reason for it', () => {
    const control = new Control()
    const error = new OpsError('LOCK_LOST', { message: 'another process took it over' })
    control.stopNow(error)
    expect(() => control.safePoint()).to.throw(OpsError, 'another process took it over')
  })
})
