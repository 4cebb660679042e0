// Chunks of names and durations, by property; settings of many indices, by request.
import { expect } from 'chai'
import fc from 'fast-check'
import { chunkNames } from '../../../../src/adapters/elasticsearch/chunks.ts'
import { readDuration } from '../../../../src/adapters/elasticsearch/durations.ts'
import { connectTo, type Replay, type Routes, serve } from './replay-server.ts'

describe('chunks of index names', () => {
  it('drop none, repeat none, keep their order and stay short', () => {
    const name = fc.string({ minLength: 1, maxLength: 255 })
    fc.assert(
      fc.property(fc.array(name, { maxLength: 400 }), names => {
        const chunks = chunkNames(names)
        expect(chunks.flatMap(chunk => chunk.names)).to.deep.equal(names)
        for (const chunk of chunks) {
          expect(chunk.path.split(',').map(decodeURIComponent)).to.deep.equal(chunk.names)
          expect(chunk.names.length).to.be.within(1, 100)
          if (chunk.names.length > 1) expect(chunk.path.length).to.be.lessThan(3100)
        }
      }),
    )
  })
})

describe('durations of the server', () => {
  it('are read with every unit, and nothing is guessed', () => {
    const read = ['10m', '600s', '600000ms', '1.5h', '1d', '0', '10', 'x', '', '-1'].map(readDuration)
    expect(read).to.deep.equal([600_000, 600_000, 600_000, 5_400_000, 86_400_000, 0, null, null, null, null])
  })
})

describe('one setting on many indices', () => {
  const delay = { kind: 'elasticsearch.index', name: 'index.unassigned.node_left.delayed_timeout' }
  const bad: Record<string, Replay> = {
    gone: {
      status: 404,
      body: { error: { type: 'index_not_found_exception', reason: 'no such index [gone]' } },
    },
    '.security-7': {
      status: 403,
      body: { error: { type: 'security_exception', reason: 'on restricted indices [.security-7]' } },
    },
    '.managed': {
      status: 500,
      body: {
        error: {
          type: 'illegal_state_exception',
          reason: 'Cannot override settings on system indices: [.managed] -> [index.unassigned...]',
        },
      },
    },
  }

  it('is set on all that can have it; the others are named, the deleted ones passed over', async () => {
    const good = Array.from({ length: 150 }, (_, at) => `index-${at}`)
    const all = [...good.slice(0, 70), 'gone', '.security-7', ...good.slice(70), '.managed']
    const set: string[] = []
    const put = (names: string[]): Replay => {
      const spoiler = names.find(name => bad[name])
      if (spoiler) return bad[spoiler] as Replay
      set.push(...names)
      return { body: { acknowledged: true } }
    }
    const routes: Routes = new Proxy({} as Routes, {
      get: (_target, key) => {
        const [, names] = /^PUT \/(.+)\/_settings$/.exec(String(key)) ?? []
        return names === undefined ? undefined : put(names.split(','))
      },
    })
    await using server = await serve({})
    Object.setPrototypeOf(server.routes, routes)
    await using es = connectTo([server.url])
    const thrown = await es.settings.write(delay, all, '10m').catch(error => error)
    expect(thrown.code).to.equal('CLUSTER_FORBIDDEN')
    expect(thrown.message).to.include('.security-7, .managed')
    expect(set.sort()).to.deep.equal(good.sort())
  })
})
