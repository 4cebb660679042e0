import { expect } from 'chai'
import { toDocument } from '../../../../src/lab/shipper/document.ts'

const receivedMs = Date.parse('2025-04-10T12:00:00.000Z')
const read = (value: object | string) =>
  toDocument(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), receivedMs)

describe('a record as a document', () => {
  const line = { '@timestamp': '2025-04-09T23:59:59.000Z', tag: 'crm.app', id: 'r-1', message: 'hello' }

  it('goes to the index of its source and of its own day', () => {
    expect(read(line).index).to.equal('crm.app-2025.04.09')
  })

  it('has the id of its message, however often it is read', () => {
    expect(read(line)).to.deep.equal(read(line))
    expect(read(line).id).to.equal('r-1')
  })

  it('has an id made of its content where the message has none', () => {
    const { id: _, ...rest } = line
    expect(read(rest).id)
      .to.equal(read(rest).id)
      .and.to.match(/^[0-9a-f]{32}$/)
    expect(read(rest).id).not.to.equal(read({ ...rest, message: 'other' }).id)
  })

  it('is kept as it is where it is no line of ours', () => {
    for (const text of ['plain text', '[1]', '{"@timestamp":"yesterday"}']) {
      expect(read(text)).to.deep.include({
        index: 'untagged-2025.04.10',
        source: { '@timestamp': '2025-04-10T12:00:00.000Z', message: text },
      })
    }
  })
})
