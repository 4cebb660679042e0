import { expect } from 'chai'
import type { OpsError } from '../../../../src/errors/index.ts'
import { listFaults } from '../../../../src/lab/faults/node-faults.ts'
import { forget, listPlanted, remember, requirePlanted } from '../../../../src/lab/faults/planted.ts'
import { makeDirectory, makeLab } from '../fake-lab.ts'

describe('what was done to a cluster of the lab on purpose', () => {
  it('is remembered with what it was like before, until it is forgotten', () => {
    using directory = makeDirectory()
    const { paths } = makeLab(directory.path, '')
    remember(paths, 'filter', 'es-fake01', { was: null })
    remember(paths, 'shard-corrupt', 'a/b[1] es-fake01', { offset: 3 })
    expect(requirePlanted(paths, 'shard-corrupt', 'a/b[1] es-fake01').before).to.deep.equal({ offset: 3 })
    forget(paths, 'shard-corrupt', 'a/b[1] es-fake01')
    expect(listPlanted(paths).map(({ fault, target }) => [fault, target])).to.deep.equal([
      ['filter', 'es-fake01'],
    ])
  })

  it('is not done twice: what it was like before would be forgotten', () => {
    using directory = makeDirectory()
    const { paths } = makeLab(directory.path, '')
    remember(paths, 'watermark', 'cluster', { was: null })
    expect(() => remember(paths, 'watermark', 'cluster', { was: '1b' })).to.throw(/already/)
    expect(requirePlanted(paths, 'watermark', 'cluster').before).to.deep.equal({ was: null })
  })

  it('is undone only where it was done', () => {
    using directory = makeDirectory()
    const { paths } = makeLab(directory.path, '')
    let thrown: unknown
    try {
      requirePlanted(paths, 'pause', 'cluster')
    } catch (error) {
      thrown = error
    }
    expect(thrown).to.include({ code: 'USAGE' } satisfies Partial<OpsError>)
  })

  it('is among the faults of the lab, each with what to type to undo it', async () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path, '')
    remember(lab.paths, 'pause', 'cluster', null)
    remember(lab.paths, 'shard-corrupt', 'logs[1] es-fake01', null)
    const faults = (await listFaults(lab)).filter(({ fault }) => fault !== 'stopped')
    expect(faults.map(({ undo }) => undo)).to.deep.equal([
      'ops lab fault pause --off',
      "ops lab fault shard-corrupt 'logs[1]' es-fake01 --off",
    ])
  })
})
