import { expect } from 'chai'
import { readLogTail, tellingLine } from '../../../src/lab/logs.ts'

describe('the last words of a node', () => {
  it('are the deepest cause, not the frames below it', () => {
    const text = `[2025-01-01][INFO ] starting
java.lang.IllegalArgumentException: unknown setting [a]
	at org.elasticsearch.Foo.bar(Foo.java:1)
Caused by: java.io.IOException: Permission denied
	at java.base/java.io.File
	... 3 more
`
    expect(tellingLine(text)).to.equal('Caused by: java.io.IOException: Permission denied')
  })

  it('are the last line where nothing complains, and something even where there is none', () => {
    expect(tellingLine('one\ntwo\n\n')).to.equal('two')
    expect(readLogTail('/nowhere')).to.equal('it said nothing')
  })
})
