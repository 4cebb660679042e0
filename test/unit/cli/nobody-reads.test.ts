// What becomes of `ops` when whoever read its output has ended, as `head` does: nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'

describe('output that nobody reads any more', () => {
  for (const args of [['--help'], ['runbooks'], ['--json', 'runbooks']])
    it(`ends no process: ops ${args.join(' ')}`, async () => {
      const child = spawn(resolve(import.meta.dirname, '../../../ops'), args, {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child.stdout.destroy()
      const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')])
      expect(stderr).to.equal('')
      expect(status).to.equal(0)
    })
})
