// Which remedy comes next: the safest that may be taken, and none on shards while members are not certain.
import { expect } from 'chai'
import fc from 'fast-check'
import { chooseDeed, delaySetting, type Tried } from '../../../runbooks/reroute/choose.ts'
import { params as schema } from '../../../runbooks/reroute/params.ts'
import type { Cause, Remedy } from '../../../runbooks/triage/diagnosis.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { cause, copy, diagnosis, remedy, stale } from './diagnoses.ts'

const hosts = ['es-node01', 'es-node02', 'es-node03']
const choose = (causes: readonly Cause[], given: JsonObject = {}, tried: readonly Tried[] = []) =>
  chooseDeed(diagnosis(causes), tried, schema.parse(given), { hosts })
const kinds = (causes: readonly Cause[], given: JsonObject = {}, tried: readonly Tried[] = []) =>
  choose(causes, given, tried).deed?.remedies.map(one => one.do) ?? []
const afterwards = (one: Cause, result: Tried['result'] = 'done'): Tried => ({
  ...{ result, text: '' },
  deed: {
    ...{ cause: one.id, sentence: one.sentence, remedies: one.remedies },
    ...{ copies: [], evidence: [], recoverable: [] },
  },
})

const clear = remedy({
  do: 'clear-cluster-setting',
  name: 'cluster.routing.allocation.enable',
  scope: 'persistent',
})
const start = remedy({ do: 'start-node', nodes: ['es-node02'] })
const retry = remedy({ do: 'retry-failed' })
const wait = remedy({ do: 'wait', forMs: 60_000 }, 'none')
const empty = remedy({ do: 'allocate-empty', index: 'crm', shard: 0, node: 'es-node01' }, 'loses-data')
const restore = remedy(
  { do: 'restore', indices: ['crm', 'web'], repository: 'elk_backup', snapshot: 'nightly' },
  'loses-data',
)
const move = (index: string) =>
  remedy({ do: 'move', index, shard: 0, from: 'es-node01', to: 'es-node02' }, 'moves-data')
const dangling = remedy({ do: 'import-dangling', uuid: 'u-1', index: 'old' }, 'reversible')
const losing: JsonObject = { maxRisk: 'loses-data', acceptLoss: 'crm/0' }

describe('the next remedy', () => {
  it('is the safest of all causes, whatever their order', () => {
    const causes = [
      cause('no_valid_copy', [stale('crm')]),
      cause('retries_exhausted', [retry]),
      cause('allocation_disabled', [clear]),
    ]
    expect(kinds(causes, losing)).to.deep.equal(['clear-cluster-setting'])
    expect(kinds(causes.slice(0, 2), losing)).to.deep.equal(['retry-failed'])
    expect(kinds(causes.slice(0, 1), losing)).to.deep.equal(['allocate-stale'])
  })

  it('takes forced zones away only after everything that needs no word of another person', () => {
    const name = 'cluster.routing.allocation.awareness.force.zone.values'
    const zones = remedy({ do: 'clear-cluster-setting', name, scope: 'persistent' })
    const causes = [cause('awareness', [zones]), cause('disk_watermark', [move('crm')])]
    expect(kinds(causes)).to.deep.equal(['move'])
    expect(kinds(causes.slice(0, 1))).to.deep.equal(['clear-cluster-setting'])
  })

  it('is none on shards while there is no master, or a node hangs', () => {
    for (const id of ['no_master', 'master_unstable', 'node_hung'] as const) {
      const causes = [cause(id, [remedy({ do: 'advise' })], []), cause('allocation_disabled', [clear])]
      const { deed, passedOver } = choose(causes)
      expect(deed, id).to.equal(null)
      expect(passedOver.map(({ because }) => because).join('; ')).to.include(
        'no shard is touched while this is open',
      )
    }
  })

  it('starts a missing node before it touches shards, and touches them when that was tried or it is gone for good', () => {
    const missing = cause('node_missing', [start], [])
    const causes = [missing, cause('allocation_disabled', [clear])]
    expect(kinds(causes)).to.deep.equal(['start-node'])
    expect(kinds(causes, {}, [afterwards(missing, 'failed')])).to.deep.equal(['clear-cluster-setting'])
    expect(kinds(causes, { gone: 'es-node02' })).to.deep.equal(['clear-cluster-setting'])
  })

  it('starts no node that the inventory lacks, or that is gone for good', () => {
    const away = remedy({ do: 'start-node', nodes: ['es-node99'] })
    expect(kinds([cause('node_missing', [away], [])])).to.deep.equal([])
    const some = remedy({ do: 'start-node', nodes: ['es-node02', 'es-node03', 'es-node99'] })
    const { deed } = choose([cause('node_missing', [some], [])], { gone: 'es-node03' })
    expect(deed?.remedies).to.deep.equal([{ ...some, nodes: ['es-node02'] }])
  })

  it('waits for a node that may come back, and builds copies anew once it is gone for good', () => {
    const delay = remedy(
      { do: 'set-index-setting', name: delaySetting, value: '0', indices: ['crm'] },
      'moves-data',
    )
    const delayed = [cause('delayed', [wait, delay])]
    expect(kinds(delayed)).to.deep.equal(['wait'])
    expect(
      choose(delayed)
        .passedOver.map(({ because }) => because)
        .join(),
    ).to.match(/needs --gone NODE/)
    expect(kinds(delayed, { gone: 'es-node02' })).to.deep.equal(['set-index-setting'])
    const missing = cause('node_missing', [start], [])
    expect(kinds(delayed, {}, [afterwards(missing, 'failed')])).to.deep.equal(['set-index-setting'])
  })

  it('waits while a node hangs, if that is what its cause asks for', () => {
    expect(kinds([cause('node_hung', [wait], []), cause('delayed', [wait])])).to.deep.equal(['wait'])
    expect(choose([cause('node_hung', [wait], []), cause('delayed', [wait])]).deed?.cause).to.equal(
      'node_hung',
    )
  })

  it('is never the same one twice, but a retry once something else was mended', () => {
    const failed = cause('retries_exhausted', [retry])
    const disabled = cause('allocation_disabled', [clear])
    expect(kinds([failed], {}, [afterwards(failed)])).to.deep.equal([])
    expect(kinds([failed], {}, [afterwards(failed), afterwards(disabled)])).to.deep.equal(['retry-failed'])
    expect(kinds([failed], {}, [afterwards(failed), afterwards(disabled, 'failed')])).to.deep.equal([])
    const waiting = cause('throttled', [wait])
    expect(kinds([failed], {}, [afterwards(failed), afterwards(waiting)])).to.deep.equal([])
    expect(kinds([cause('delayed', [wait])], {}, [afterwards(waiting)])).to.deep.equal(['wait'])
  })

  it('is for primaries, and never waits for replicas to follow them', () => {
    const behind = cause('primary_first', [wait], [copy('crm', 0, false)])
    expect(kinds([behind, cause('no_valid_copy', [stale('crm')])], losing)).to.deep.equal(['allocate-stale'])
    expect(kinds([behind])).to.deep.equal([])
  })

  it('takes no more risk than it may', () => {
    const causes = [cause('disk_watermark', [move('crm')])]
    expect(kinds(causes)).to.deep.equal(['move'])
    expect(kinds(causes, { maxRisk: 'reversible' })).to.deep.equal([])
    expect(kinds([cause('throttled', [wait])], { maxRisk: 'none' })).to.deep.equal(['wait'])
  })

  it('is several only where all are moves of one cause, and no more than a batch', () => {
    const many = cause('disk_watermark', ['a', 'b', 'c', 'd'].map(move))
    const others = cause('awareness', [move('x')])
    const { deed } = choose([many, others], { batch: 3 })
    expect(deed?.remedies.map(one => one.do === 'move' && one.index)).to.deep.equal(['a', 'b', 'c'])
  })

  it('is only about the wanted causes and indices', () => {
    const causes = [
      cause('allocation_disabled', [clear]),
      cause('disk_watermark', [move('crm'), move('web')]),
    ]
    expect(kinds(causes, { only: 'disk_watermark' })).to.deep.equal(['move', 'move'])
    const { deed } = choose(causes, { index: 'w*' })
    expect(deed?.remedies).to.deep.equal([move('web')])
    const settings = remedy({
      do: 'clear-index-setting',
      name: 'index.routing.allocation.require._name',
      indices: ['crm', 'web'],
    })
    expect(choose([cause('allocation_filter', [settings])], { index: 'crm' }).deed?.remedies).to.deep.equal([
      { ...settings, indices: ['crm'] },
    ])
  })

  it('imports a dangling index only when it is named', () => {
    const causes = [cause('dangling', [dangling], [])]
    expect(choose(causes).passedOver[0]?.because).to.equal('needs --import-dangling u-1')
    for (const importDangling of ['u-1', 'old'])
      expect(kinds(causes, { importDangling })).to.deep.equal(['import-dangling'])
  })

  it('restores in the place of red indices only those that were named', () => {
    const causes = [cause('no_valid_copy', [restore])]
    expect(choose(causes).passedOver[0]?.because).to.match(/--accept-loss crm\/all, web\/all/)
    const { deed } = choose(causes, { maxRisk: 'loses-data', acceptLoss: 'web/all' })
    expect(deed?.remedies).to.deep.equal([{ ...restore, indices: ['web'] }])
  })

  it('loses exactly the shards that were named, an old copy before an empty one', () => {
    const causes = [cause('no_valid_copy', [empty, stale('crm'), stale('crm', 1)])]
    expect(kinds(causes)).to.deep.equal([])
    expect(kinds(causes, { maxRisk: 'loses-data' })).to.deep.equal([])
    expect(choose(causes, losing).deed?.remedies).to.deep.equal([stale('crm')])
    expect(() => schema.parse({ acceptLoss: 'crm/0' })).to.throw(/needs --max-risk loses-data/)
  })

  it('never loses what was not named, and does nothing that is said to be riskier than allowed, whatever the diagnosis', () => {
    const index = fc.constantFrom('crm', 'web')
    const shard = fc.nat(1)
    const node = fc.constantFrom(...hosts)
    const risk = fc.constantFrom(
      'none' as const,
      'reversible' as const,
      'moves-data' as const,
      'loses-data' as const,
    )
    const what = fc.oneof(
      fc.record({ do: fc.constant('allocate-empty' as const), index, shard, node }),
      fc.tuple(index, shard, node).map(([i, s, n]) => {
        const {
          risk: _r,
          text: _t,
          command: _c,
          ...rest
        } = stale(i, s, n) as Remedy & { do: 'allocate-stale' }
        return rest
      }),
      fc.record({ do: fc.constant('move' as const), index, shard, from: node, to: node }),
      fc.record({
        do: fc.constant('restore' as const),
        indices: fc.subarray(['crm', 'web'], { minLength: 1 }),
        repository: fc.constant('r'),
        snapshot: fc.constant('s'),
      }),
      fc.constant({ do: 'retry-failed' as const }),
    )
    const remedies = fc.array(
      fc.tuple(what, risk).map(([one, its]) => remedy(one, its)),
      { minLength: 1, maxLength: 5 },
    )
    const causes = fc.array(
      remedies.map(all => cause('no_valid_copy', all, [copy('crm')])),
      { maxLength: 4 },
    )
    const accepted = fc.subarray(['crm/0', 'crm/1', 'web/0', 'crm/all'])
    fc.assert(
      fc.property(causes, accepted, risk, (found, losses, most) => {
        const acceptLoss = most === 'loses-data' && losses.length > 0 ? { acceptLoss: losses.join(',') } : {}
        for (const one of choose(found, { maxRisk: most, ...acceptLoss }).deed?.remedies ?? []) {
          if (one.do === 'allocate-stale' || one.do === 'allocate-empty')
            expect(acceptLoss.acceptLoss?.split(',')).to.include(`${one.index}/${one.shard}`)
          else if (one.do === 'restore')
            expect(
              one.indices.every(name => losses.includes(`${name}/all`) && most === 'loses-data'),
            ).to.equal(true)
          else if (one.risk === 'loses-data') expect(most).to.equal('loses-data')
        }
      }),
    )
  })
})
