import { expect } from 'chai'
import { changeForAWhile, giveBack, giveBackAll } from '../../../src/engine/temporary-settings.ts'
import { engineParts, FakeSettings } from '../../support/fake-world/engine-parts.ts'

const delay = { key: 'delay', kind: 'index', name: 'index.delay', value: '900s' }
const on = (...targets: string[]) => ({ ...delay, targets })

describe('a temporary setting', () => {
  it('gives every target back what it had, unset included', async () => {
    const { recorder } = engineParts()
    const settings = new FakeSettings({ a: null, b: '5m', c: '5m' })
    await changeForAWhile(recorder, settings, on('a', 'b', 'c'), true)
    expect([...settings.values.values()]).to.deep.equal(['900s', '900s', '900s'])
    await giveBack(recorder, settings, 'delay')
    expect(Object.fromEntries(settings.values)).to.deep.equal({ a: null, b: '5m', c: '5m' })
  })

  it('is journalled with what was there before it is changed', async () => {
    const parts = engineParts()
    const settings = new FakeSettings({ a: '5m' })
    settings.failNext = true
    await changeForAWhile(parts.recorder, settings, on('a'), true).catch(() => {})
    expect(await parts.types()).to.deep.equal(['setting.intent'])
    expect((await parts.records())[0]?.before).to.deep.equal([{ value: '5m', targets: ['a'] }])
  })

  it('that somebody else changed meanwhile is left alone and named', async () => {
    const parts = engineParts()
    const settings = new FakeSettings({ a: '5m', b: '5m' })
    await changeForAWhile(parts.recorder, settings, on('a', 'b'), true)
    settings.values.set('b', '7m')
    await giveBack(parts.recorder, settings, 'delay')
    expect(Object.fromEntries(settings.values)).to.deep.equal({ a: '5m', b: '7m' })
    expect((await parts.records()).at(-1)).to.deep.include({ restored: 1, notOurs: ['b'] })
  })

  it('that somebody else has given back already is nobody else’s', async () => {
    const parts = engineParts()
    const settings = new FakeSettings({ a: '5m' })
    await changeForAWhile(parts.recorder, settings, on('a'), true)
    settings.values.set('a', '5m')
    await giveBack(parts.recorder, settings, 'delay')
    expect((await parts.records()).at(-1)).to.deep.include({ restored: 0, notOurs: [] })
  })

  it('of a target that is gone is given up without a word', async () => {
    const parts = engineParts()
    const settings = new FakeSettings({ a: '5m', b: '5m' })
    await changeForAWhile(parts.recorder, settings, on('a', 'b'), true)
    settings.values.delete('b')
    await giveBack(parts.recorder, settings, 'delay')
    expect((await parts.records()).at(-1)).to.deep.include({ restored: 1, notOurs: [] })
  })

  it('is made true by the next process when the first one died between intent and effect', async () => {
    const parts = engineParts()
    const settings = new FakeSettings({ a: '5m', b: null })
    settings.failNext = true
    await changeForAWhile(parts.recorder, settings, on('a', 'b'), true).catch(() => {})
    const { recorder } = await parts.again()
    await changeForAWhile(recorder, settings, on('a', 'b'), true)
    expect([...settings.values.values()]).to.deep.equal(['900s', '900s'])
    await giveBack(recorder, settings, 'delay')
    expect(Object.fromEntries(settings.values)).to.deep.equal({ a: '5m', b: null })
  })

  it('that never took effect is given back without touching anything', async () => {
    const parts = engineParts()
    const settings = new FakeSettings({ a: '5m' })
    settings.failNext = true
    await changeForAWhile(parts.recorder, settings, on('a'), true).catch(() => {})
    await giveBackAll((await parts.again()).recorder, settings)
    expect(settings.writes).to.deep.equal([])
  })

  it('spreads to targets that appear later, and remembers what they had', async () => {
    const { recorder } = engineParts()
    const settings = new FakeSettings({ a: null })
    await changeForAWhile(recorder, settings, on('a'), true)
    settings.values.set('new', '1m')
    await changeForAWhile(recorder, settings, on('a', 'new'), false)
    expect(settings.values.get('new')).to.equal('900s')
    await giveBack(recorder, settings, 'delay')
    expect(Object.fromEntries(settings.values)).to.deep.equal({ a: null, new: '1m' })
  })

  it('is not written again where it is in place', async () => {
    const { recorder } = engineParts()
    const settings = new FakeSettings({ a: null })
    await changeForAWhile(recorder, settings, on('a'), true)
    await changeForAWhile(recorder, settings, on('a'), true)
    expect(settings.writes).to.have.lengthOf(1)
  })

  it('is not forced back on a target that somebody else has changed since', async () => {
    const parts = engineParts()
    const settings = new FakeSettings({ a: '5m' })
    await changeForAWhile(parts.recorder, settings, on('a'), true)
    settings.values.set('a', '7m')
    await changeForAWhile((await parts.again()).recorder, settings, on('a'), true)
    expect(settings.values.get('a')).to.equal('7m')
  })

  it('leaves the same value alone when it was there before', async () => {
    const { recorder } = engineParts()
    const settings = new FakeSettings({ a: '900s' })
    await changeForAWhile(recorder, settings, on('a'), true)
    await giveBack(recorder, settings, 'delay')
    expect(settings.values.get('a')).to.equal('900s')
  })

  it('that was changed last is given back first', async () => {
    const parts = engineParts()
    const settings = new FakeSettings({ a: null, b: null })
    await changeForAWhile(parts.recorder, settings, on('a'), true)
    await changeForAWhile(parts.recorder, settings, { ...on('b'), key: 'other' }, true)
    await giveBackAll(parts.recorder, settings)
    const restored = (await parts.records()).filter(({ type }) => type === 'setting.restored')
    expect(restored.map(({ key }) => key)).to.deep.equal(['other', 'delay'])
    expect(parts.recorder.view.settings.size).to.equal(0)
  })
})
