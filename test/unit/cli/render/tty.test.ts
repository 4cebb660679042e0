import { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import { expect } from 'chai'
import { liveDisplay } from '../../../../src/cli/render/tty.ts'
import { noticesOf, readRecorded, record } from './recorded.ts'

const cursor = { hidden: '\u001b[?25l', shown: '\u001b[?25h' }

/** A terminal that keeps what was written to it. */
function fakeTerminal(): { readonly stream: WriteStream; readonly text: () => string } {
  const written: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      written.push(String(chunk))
      done()
    },
  })
  Object.assign(stream, { isTTY: true, columns: 100, rows: 30 })
  return { stream: stream as unknown as WriteStream, text: () => written.join('') }
}

describe('live display', () => {
  it('leaves the last picture on the screen and gives the cursor back', async () => {
    const { stream, text } = fakeTerminal()
    const display = liveDisplay(stream, { colour: false })
    for (const notice of noticesOf(readRecorded('succeeded-with-resume'))) display.notify(notice)
    await display.close()
    expect(text()).to.include('10 of 10 done').and.include('✔ es-data04    done in 38 s')
    expect(text().lastIndexOf(cursor.shown)).to.be.above(text().lastIndexOf(cursor.hidden))
  })

  it('holds back what others write until the end, and shows it meanwhile', async () => {
    const { stream, text } = fakeTerminal()
    const display = liveDisplay(stream, { colour: false })
    display.notify(record('run.started', { runbook: 'rolling-restart' }))
    await new Promise(resolve => setTimeout(resolve, 250))
    stream.write('Ending at the next safe point\n')
    await new Promise(resolve => setTimeout(resolve, 450))
    const before = text()
    await display.close()
    expect(before).to.include('Ending at the next safe point')
    expect(text().slice(before.length)).to.match(/Ending at the next safe point\r?\n/)
    stream.write('after')
    expect(text().endsWith('after')).to.equal(true)
  })

  it('knows the members of a resumed run from its history', async () => {
    const { stream, text } = fakeTerminal()
    const { records } = readRecorded('failed-node-down')
    const display = liveDisplay(stream, { colour: false, history: records })
    display.notify(record('run.resumed', { mode: 'resume' }))
    await display.close()
    expect(text()).to.include('7 of 10 done')
  })

  it('writes nothing where nothing happened, and may be closed twice', async () => {
    const { stream, text } = fakeTerminal()
    const display = liveDisplay(stream)
    display.notify({ kind: 'detail', text: 'looking' })
    await Promise.all([display.close(), display.close()])
    expect(text()).to.equal('')
  })

  it('leaves no listener behind', async () => {
    const before = process.listenerCount('exit')
    const display = liveDisplay(fakeTerminal().stream)
    display.notify(record('run.started'))
    await display.close()
    const again = liveDisplay(fakeTerminal().stream)
    again.notify(record('run.started'))
    await again.close()
    // The library that hides the cursor keeps one of its own.
    expect(process.listenerCount('exit') - before).to.be.at.most(1)
    expect(process.listenerCount('SIGINT')).to.be.at.most(2)
  })
})
