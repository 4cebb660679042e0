import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { reportMarkdown } from '../../../src/report/index.ts'
import { journal, readRecorded, recordedRuns, started } from './recorded.ts'

describe('Markdown report', () => {
  for (const name of recordedRuns) {
    it(`of the recorded run ${name} is the golden one (UPDATE_GOLDEN=1 writes it anew)`, () => {
      const { records, samples } = readRecorded(name)
      const file = `test/golden/report/${name}.md`
      const text = reportMarkdown(records, samples)
      if (process.env.UPDATE_GOLDEN === '1' || !existsSync(file)) writeFileSync(file, text)
      expect(text).to.equal(readFileSync(file, 'utf8'))
    })
  }

  it('says the verdict first', () => {
    const { records, samples } = readRecorded('failed-node-down')
    const [, , verdict] = reportMarkdown(records, samples).split('\n')
    expect(verdict).to.match(/^\*\*Failed: es-data04 was stopped and could not be started/)
  })

  it('keeps hostile names inside their cells', () => {
    const text = reportMarkdown(
      journal(
        started,
        [1, 'gate.refused', { gate: 'a`b|c', evidence: '<script>x</script> | [y](http://evil) \n# z' }],
        [2, 'remark', { text: '![i](https://evil/x.png)' }],
        [3, 'run.ended', { outcome: 'refused', exitCode: 2 }],
      ),
      [],
    )
    expect(text).to.include('| **refused** | `aʼb\\|c` | &lt;script&gt;x&lt;/script&gt; \\|')
    expect(text).not.to.include('<script>')
    expect(text).not.to.match(/https?:\/\//)
    expect(text).not.to.match(/^# z/m)
  })

  it('lists the steps of a run that has no members', () => {
    const text = reportMarkdown(
      journal(
        started,
        [1, 'step.intent', { step: 'write', title: 'write the password', attempt: 1 }],
        [5, 'step.failed', { step: 'write', code: 'STEP_FAILED', message: 'sealed' }],
        [6, 'step.intent', { step: 'write', title: 'write the password', attempt: 2 }],
        [8, 'step.done', { step: 'write', title: 'write the password', how: 'applied', seconds: 2 }],
        [9, 'run.ended', { outcome: 'succeeded', exitCode: 0 }],
      ),
      [],
    )
    expect(text).to.include('**Succeeded: the step is done in 9 s.**')
    expect(text).to.include('| write the password | 12:00:01 | 2 | applied after 2 s | sealed |')
  })

  it('is made even of nothing', () => {
    expect(reportMarkdown([], [])).to.include('Not ended')
  })
})
