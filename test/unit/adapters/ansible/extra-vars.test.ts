import { expect } from 'chai'
import { formatExtraVars } from '../../../../src/adapters/ansible/extra-vars.ts'

describe('the file of extra variables', () => {
  it('tags everything that could hold a template as unsafe', () => {
    const vars = {
      text: '{{ x }}\n"',
      list: ['{{ y }}'],
      map: { a: '{{ z }}' },
      n: 3,
      flag: true,
      none: null,
    }
    expect(formatExtraVars(vars)).to.equal(
      [
        '"text": !unsafe "{{ x }}\\n\\""',
        '"list": !unsafe ["{{ y }}"]',
        '"map": !unsafe {"a":"{{ z }}"}',
        '"n": 3',
        '"flag": true',
        '"none": null',
        '',
      ].join('\n'),
    )
  })

  it('is an empty mapping without variables', () => {
    expect(formatExtraVars({})).to.equal('{}\n')
    expect(formatExtraVars({ gone: undefined })).to.equal('{}\n')
  })
})
