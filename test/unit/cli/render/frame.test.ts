import { expect } from 'chai'
import { drawFrame, type Screen } from '../../../../src/cli/render/frame.ts'
import { type Display, emptyDisplay, foldNotice } from '../../../../src/cli/render/state.ts'
import type { Notice } from '../../../../src/ports/notify.ts'
import { noticesOf, readRecorded, record } from './recorded.ts'

const screen: Screen = {
  nowMs: Date.parse('2025-04-10T12:04:45.000Z'),
  columns: 110,
  rows: 40,
  colour: false,
  tick: 0,
  last: false,
}

const display = (notices: readonly Notice[]): Display =>
  notices.reduce((shown, notice) => foldNotice(shown, notice, screen.nowMs), emptyDisplay())

const until = (at: string) =>
  display(
    noticesOf(readRecorded('succeeded-with-resume')).filter(
      notice => ('record' in notice ? notice.record.at : 'sample' in notice ? notice.sample.at : '') < at,
    ),
  )

describe('frame of the live display', () => {
  it('shows the run, the cluster, one line per member and how to stop', () => {
    expect(drawFrame(until('2025-04-10T12:04:45'), screen)).to.deep.equal([
      'rolling-restart 20250410-120405-k3f   40 s of about 3 m 28 s',
      '● yellow   8 nodes   1,209 docs/s   1 temporary setting   2 of 10 done',
      `${'━'.repeat(16)}${'╍'.repeat(32)}${'─'.repeat(32)}`,
      '✔ es-coord01   done in 23 s',
      '⠋ es-data03    recovering  10 s',
      '⠋ es-data01    recovering  13 s',
      '✔ es-master02  done in 31 s',
      '⠋ es-coord02   joining      9 s',
      '· es-data04    waits for es-data03: enough_in_sync_copies_stay_up (nginx.access-2025.04.10[2])',
      '· es-data02    waits for es-data01: no_more_hot_nodes_down_than_allowed (hot)',
      '⠋ es-master03  starting     2 s',
      '· es-data05    waits for es-data03: no_more_warm_nodes_down_than_allowed (warm)',
      '· es-master01  waits for es-master03: last_of_a_tier_waits_for_the_others (master)',
      'Ctrl-C: stop at the next safe point',
    ])
  })

  it('says what is left when the run has failed, and no longer how to stop it', () => {
    const lines = drawFrame(display(noticesOf(readRecorded('failed-node-down'))), { ...screen, last: true })
    expect(lines.join('\n')).to.match(/✖ es-data04 +left down {2}service_start.yml failed/)
    expect(lines.at(-1)).to.equal('✖ failed')
    expect(lines.join('\n')).not.to.include('Ctrl-C')
  })

  it('never has more lines than the terminal, and counts those without a line', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `n${index}`)
    const many = display([
      record('run.planned', { waves: [names] }),
      ...names.slice(0, 300).map(member => record('member.begun', { member })),
      ...names.slice(0, 200).map(member => record('member.done', { member })),
      ...names
        .slice(300)
        .map(member =>
          record('member.blocked', { member, because: 'cap (hot)', gate: 'cap', waitsFor: ['n299'] }),
        ),
    ])
    for (const rows of [12, 24, 60]) {
      const lines = drawFrame(many, { ...screen, rows })
      expect(lines.length).to.be.below(rows)
      expect(lines.join('\n')).to.include('200 done · 100 preparing · 700 waiting')
      expect(lines.join('\n')).to.include('waiting: 700 cap')
      expect(lines.join('\n')).to.match(/and \d+ more under way/)
    }
  })

  it('survives a terminal of thirty columns', () => {
    const lines = drawFrame(until('2025-04-10T12:04:45'), { ...screen, columns: 30 })
    expect(lines[2]).to.equal('● yellow   8 nodes')
    expect(lines.filter(line => line.includes('━'))[0]).to.have.length(28)
  })

  it('lets no name or message send control characters to the terminal', () => {
    const hostile = display([
      record('run.planned', { waves: [['a\u001b[2Jb']] }),
      record('member.blocked', { member: 'a\u001b[2Jb', because: 'x\ny\u0007', gate: 'x', waitsFor: [] }),
    ])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(drawFrame(hostile, screen).join('')).not.to.match(/[\u0000-\u001f]/)
  })

  it('shows what goes on outside of the members only while it goes on', () => {
    const settling = display([{ kind: 'progress', subject: 'cluster', text: 'settles: yellow' }])
    expect(drawFrame(settling, screen)).to.include('cluster: settles: yellow')
    expect(drawFrame(settling, { ...screen, nowMs: screen.nowMs + 60_000 })).not.to.include(
      'cluster: settles: yellow',
    )
  })

  it('puts what was last said in the place of the hint', () => {
    const said = display([{ kind: 'detail', text: 'Ending at the next safe point' }])
    expect(drawFrame(said, screen).at(-1)).to.equal('Ending at the next safe point')
  })
})
