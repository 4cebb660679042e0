import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { renderPlan } from '../../../../src/cli/render/plan.ts'
import type { JsonObject } from '../../../../src/ports/json.ts'
import { readRecorded } from './recorded.ts'

const planOf = (name: Parameters<typeof readRecorded>[0]): JsonObject =>
  readRecorded(name).records.find(({ type }) => type === 'run.planned') ?? {}

describe('a plan for people', () => {
  const text = renderPlan(planOf('succeeded-with-resume'), { colour: false })

  it('has waves, bound, effects, notes, expected time and hash', () => {
    expect(text).to.include('10 members in 4 waves, no plan can do with fewer than 3')
    expect(text).to.include('  1  es-coord01, es-data03, es-data01, es-master02')
    expect(text).to.include('because of one_master_at_a_time')
    expect(text).to.include('Expected to take about 3 m 28 s')
    expect(text).to.match(/hash {2}5f0c1d7b/)
  })

  it('says ten like effects as one', () => {
    const effects = text.split('\n').filter(line => line.includes('stop and start'))
    expect(effects).to.deep.equal([
      '  · stop and start elasticsearch on 10: es-coord[01:02], es-data[03:05], es-data[01:02], es-master[02:03], es-master01',
    ])
  })

  it('puts refusing gates first, with their evidence', () => {
    const lines = renderPlan(planOf('refused'), { colour: false }).split('\n')
    const title = lines.findIndex(line => line.startsWith('2 gates refuse, 33 of 35 gates pass'))
    expect(lines.slice(title + 1, title + 5)).to.deep.equal([
      '  ✖ no_snapshot_is_running',
      '      elk_backup/daily_2025-04-10 is running',
      '  ✖ indices_without_replicas_are_protected',
      '      ops-scratch, tmp-import have no replica; --protect-zero-replicas gives them one for the run',
    ])
  })

  it('gathers gates that pass for one and the same reason, and none that refuses', () => {
    const gate = (name: string, verdict: string) => ({
      gate: name,
      verdict,
      evidence: 'no node is restarted',
    })
    const gates = [...['a', 'b', 'c', 'd'].map(name => gate(name, 'pass')), gate('e', 'refuse')]
    const lines = renderPlan(
      { runbook: 'deploy', hash: 'ab', gates, effects: [], notes: [] },
      { colour: false },
    )
    expect(lines).to.include('  ✖ e')
    expect(lines).to.include('  ✔ 4 other gates  no node is restarted')
    expect(lines).to.not.include('✔ a')
  })

  it('says why a waived gate was waived', () => {
    expect(text).to.include('  ! recoveries_have_bandwidth')
    expect(text).to.include('      waived: night window, little to copy')
  })

  it('is the same text with colours', () => {
    const coloured = renderPlan(planOf('refused'), { colour: true })
    expect(coloured).to.include('\u001b[')
    expect(stripVTControlCharacters(coloured)).to.equal(renderPlan(planOf('refused'), { colour: false }))
  })

  it('takes a plan without waves', () => {
    const plain = renderPlan(
      { runbook: 'rotate', hash: 'ab', gates: [], effects: ['rotate a\u001b[2J'], notes: [] },
      { colour: false },
    )
    expect(plain).to.include('  · rotate a\uFFFD[2J')
    expect(plain).not.to.include('wave')
  })
})
