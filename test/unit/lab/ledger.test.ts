import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { openLines, parseLedger, readLedger } from '../../../src/lab/load/ledger.ts'
import { makeDirectory } from './fake-lab.ts'

const at = '2025-04-10T00:00:00.000Z'
const sent = (...ids: string[]) => ({ type: 'sent', at, index: 'crm.app-2025.04.10', ids })
const ended = (type: string, id: string) => ({
  type,
  id,
  at,
  doneAt: at,
  ms: 12,
  attempts: 1,
  endpoint: 'https://a',
})
const text = (...lines: object[]) => lines.map(line => `${JSON.stringify(line)}\n`).join('')

describe('the ledger', () => {
  it('takes for unknown what was sent and never came to an end', () => {
    const ledger = parseLedger(text(sent('r-1', 'r-2', 'r-3'), ended('ok', 'r-1'), ended('fail', 'r-3')))
    expect([...ledger].map(([id, { outcome }]) => [id, outcome])).to.deep.equal([
      ['r-1', 'ok'],
      ['r-2', 'unknown'],
      ['r-3', 'fail'],
    ])
    expect(ledger.get('r-1')).to.include({ index: 'crm.app-2025.04.10', ms: 12, attempts: 1 })
  })

  it('counts the half line of a load that was killed for nothing', () => {
    const whole = text(sent('r-1'), ended('ok', 'r-1'))
    expect(parseLedger(whole.slice(0, -20)).get('r-1')).to.include({ outcome: 'unknown' })
  })

  it('refuses a broken line that is not the last', () => {
    expect(() => parseLedger(`{"type":"ok"}\n${text(sent('r-1'))}`)).to.throw('line 1 is no line of a ledger')
  })

  it('goes on after a half line as if it had never been written', () => {
    using directory = makeDirectory()
    const file = join(directory.path, 'ledger', 'a.jsonl')
    {
      using lines = openLines(file)
      lines.append([sent('r-1')])
    }
    appendFileSync(file, '{"type":"ok","id":"r-')
    {
      using lines = openLines(file)
      lines.append([ended('ok', 'r-1')])
    }
    expect(readFileSync(file, 'utf8')).to.equal(text(sent('r-1'), ended('ok', 'r-1')))
    expect(readLedger(file).get('r-1')).to.include({ outcome: 'ok' })
  })

  it('says so when it is not there', () => {
    expect(() => readLedger('/nowhere.jsonl'))
      .to.throw('there is no ledger')
      .with.property('code', 'USAGE')
  })
})
