import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { openLog } from '../../../../src/adapters/ansible/redacting-log.ts'

describe('the log of a play', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ops-log-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const redact = (text: string): string => text.replaceAll('secret', '*')
  const write = async (name: string, chunks: readonly Buffer[], limits = { line: 20, file: 1000 }) => {
    const log = openLog(join(folder, name), redact, limits)
    for (const chunk of chunks) log.write('stdout', chunk)
    await log.close()
    return { text: await readFile(join(folder, name), 'utf8'), complaint: log.complaint() }
  }

  it('redacts a secret that arrives in pieces', async () => {
    const { text } = await write('pieces', [Buffer.from('a sec'), Buffer.from('ret b\nnext')])
    expect(text).to.equal('a * b\nnext\n')
  })

  it('redacts before it cuts, so that no half of a secret is left at the edge', async () => {
    const { text } = await write('edge', [Buffer.from(`${'x'.repeat(17)}secret and more\n`)])
    expect(text).to.equal(`${'x'.repeat(17)}* a [line cut]\n`)
  })

  it('bounds a line without an end and a file without an end', async () => {
    const endless = await write('endless', [Buffer.alloc(100_000, 'y'), Buffer.alloc(100_000, 'y')])
    expect(endless.text).to.equal(`${'y'.repeat(20)} [line cut]\n`)
    const long = await write('long', [Buffer.from('line\n'.repeat(1000))])
    expect(long.text.length).to.be.lessThan(1100)
    expect(long.text).to.contain('[the rest of the output was left out]')
  })

  it('takes bytes that are not UTF-8, and characters cut in two', async () => {
    const { text } = await write('bytes', [Buffer.from([0xff, 0x61, 0xc5]), Buffer.from([0x82, 0x0a])])
    expect(text).to.equal('\ufffdał\n')
  })

  it('remembers what Ansible complained of', async () => {
    const lines = 'hello\n[ERROR]: it broke\nmore\n'
    expect((await write('error', [Buffer.from(lines)], { line: 100, file: 1000 })).complaint).to.equal(
      '[ERROR]: it broke',
    )
    expect((await write('none', [Buffer.from('one\ntwo\n\n')])).complaint).to.equal('two')
  })
})
