// Tests that what is registered as a secret reaches neither the journal's file nor whoever shows the run.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { openLocal } from '../../../src/app/wire.ts'
import { Recorder } from '../../../src/engine/recorder.ts'
import type { Notice } from '../../../src/ports/notify.ts'

const canary = 'c4nary"of/the+journal'
const forms = [
  canary,
  JSON.stringify(canary).slice(1, -1),
  encodeURIComponent(canary),
  Buffer.from(canary).toString('base64'),
  Buffer.from(`ops:${canary}`).toString('base64'),
]

describe('a registered secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ops-redaction-'))
  const notices: Notice[] = []
  after(() => rmSync(folder, { recursive: true }))

  before(async () => {
    const state = await openLocal(folder, { notify: notice => notices.push(notice) })
    state.redactor.registerPair('ops', canary)
    const recorder = new Recorder('run-1', state)
    for (const form of forms) {
      await recorder.append('remark', { text: `the answer was ${form}`, [form]: { deep: [form] } })
      recorder.progress('es-data01', `waiting for ${form}`)
    }
    await state.close()
  })

  it('is in no file of the state directory', () => {
    for (const name of readdirSync(folder)) {
      const content = readFileSync(join(folder, name), 'latin1')
      for (const form of forms) expect(content.includes(form), `${form} in ${name}`).to.equal(false)
    }
  })

  it('is in nothing that is shown', () => {
    expect(notices).to.have.length(2 * forms.length)
    for (const form of forms) expect(JSON.stringify(notices)).to.not.include(form)
  })

  it('leaves the words around it', () => {
    expect(JSON.stringify(notices)).to.include('the answer was [redacted]')
  })
})
