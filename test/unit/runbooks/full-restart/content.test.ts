// What counts as lost after a full restart, and what only has to be said.
import { expect } from 'chai'
import type { Before, IndexDocs } from '../../../../runbooks/full-restart/before.ts'
import { explainContent } from '../../../../runbooks/full-restart/content.ts'

const index = (name: string, docs: number, more: Partial<IndexDocs> = {}): IndexDocs => ({
  ...{ name, docs, uuid: `uuid-${name}`, frozen: false, managed: false, ...more },
})
const before = (docs: readonly IndexDocs[], ends: Before['ends'] = []): Before => ({
  ...{ elected: '', standsMs: 0, lags: {}, docs, ends },
})

describe('the comparison after a full restart', () => {
  const told = (was: readonly IndexDocs[], now: readonly IndexDocs[], quiet = was) =>
    explainContent({ quiet, before: before(was) }, now, [])

  it('finds as many documents as before well, and says how many nobody wrote to', () => {
    const was = [index('quiet', 10), index('busy', 20)]
    const { lost, proven } = told(was, was, [index('quiet', 10), index('busy', 15)])
    expect(lost).to.deep.equal([])
    expect(proven).to.deep.equal([
      '2 indices hold no fewer than the 30 documents of before; 1 that nobody wrote to hold exactly as many',
    ])
  })

  it('calls fewer documents, a missing index and another of the same name lost', () => {
    const was = [index('fewer', 10), index('gone', 5), index('other', 7)]
    const { lost, proven } = told(was, [index('fewer', 9), index('other', 7, { uuid: 'new' })])
    expect(lost).to.deep.equal(['fewer has 9 documents, 10 before', 'gone is gone', 'other is gone'])
    expect(proven).to.deep.equal([])
  })

  it('says that a managed index is gone, and that an idle one has grown, and calls neither lost', () => {
    const was = [index('old', 5, { managed: true }), index('idle', 7)]
    const { lost, proven } = told(was, [index('idle', 9)])
    expect(lost).to.deep.equal([])
    expect(proven.join('\n')).to.include('old with 5 documents is gone: see whether its lifecycle was due')
    expect(proven.join('\n')).to.include('idle was not written to before and has 2 more')
  })

  it('calls a log lost that ends earlier or is gone', () => {
    const ends = [0, 1, 2].map(partition => ({ topic: 'raw-logs', partition, end: 100 }))
    const now = [
      { topic: 'raw-logs', partition: 0, end: 100 },
      { topic: 'raw-logs', partition: 1, end: 97 },
    ]
    const { lost, proven } = explainContent({ quiet: [], before: before([], ends) }, [], now)
    expect(lost).to.deep.equal([
      'raw-logs-1 ends at 97 and ended at 100: 3 records are gone',
      'raw-logs-2 is gone',
    ])
    expect(proven).to.deep.equal([])
  })
})
