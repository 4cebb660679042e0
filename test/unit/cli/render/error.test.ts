import { expect } from 'chai'
import { renderError } from '../../../../src/cli/render/error.ts'
import { OpsError, toOpsError } from '../../../../src/errors/index.ts'

const terse = { colour: false, verbose: false }
const verbose = { colour: false, verbose: true }

describe('an error for people', () => {
  const cause = new Error('connect ECONNREFUSED 127.0.1.11:9200')

  it('has what happened, a code and what to try', () => {
    const error = new OpsError('LOCK_HELD', { message: 'es:prod is locked', hint: 'ops show 1' })
    expect(renderError(error, terse)).to.equal(
      ['Error      es:prod is locked', 'Code       LOCK_HELD', 'Try        ops show 1'].join('\n'),
    )
  })

  it('names a cause that says something new', () => {
    const error = new OpsError('CLUSTER_UNREACHABLE', { message: 'no endpoint answers', cause })
    expect(renderError(error, terse)).to.match(/Caused by {2}connect ECONNREFUSED/)
  })

  it('names a cause that was said already only when asked for everything', () => {
    const error = new OpsError('CLUSTER_UNREACHABLE', { message: `no endpoint: ${cause.message}`, cause })
    expect(renderError(error, terse)).not.to.include('Caused by')
    expect(renderError(error, verbose)).to.include('Caused by')
  })

  it('shows where a bug is only when asked for everything', () => {
    const bug = toOpsError(cause)
    expect(renderError(bug, terse)).not.to.include('error.test.ts')
    expect(renderError(bug, verbose)).to.include('error.test.ts')
  })

  it('indents further lines and lets no control character through', () => {
    const error = new OpsError('USAGE', { message: 'one\ntwo\u001b[2J' })
    expect(renderError(error, terse).split('\n')[1]).to.equal('           two\uFFFD[2J')
  })

  it('ends on a chain of causes that bites its tail', () => {
    const first = new Error('first')
    const second = new Error('second', { cause: first })
    first.cause = second
    const lines = renderError(new OpsError('USAGE', { message: 'm', cause: second }), verbose).split('\n')
    expect(lines).to.have.length(4)
  })
})
