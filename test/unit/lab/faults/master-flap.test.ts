import { expect } from 'chai'
import { flap } from '../../../../src/lab/faults/cluster-faults.ts'
import {
  endOwner,
  findOwner,
  noteDown,
  readDown,
  startOwner,
} from '../../../../src/lab/faults/master-flap/owner.ts'
import { listPlanted } from '../../../../src/lab/faults/planted.ts'
import { readIdentified } from '../../../../src/lab/process/identity.ts'
import { makeDirectory, makeLab } from '../fake-lab.ts'

const request = { how: 'stop', everyMs: 0 } as const

describe('the process that makes the master flap', () => {
  it('is found until it has ended, and says at its end what went wrong', async () => {
    using directory = makeDirectory()
    const { paths } = makeLab(directory.path, '')
    expect(findOwner(paths)).to.equal(undefined)
    startOwner(paths, { ...request, stateDir: directory.path })
    const owner = findOwner(paths)
    expect(owner).to.have.property('pid').that.is.a('number')
    await endOwner(paths, 30_000)
    expect(owner && readIdentified(owner)).to.equal(undefined)
    expect(findOwner(paths)).to.equal(undefined)
  })

  it('leaves behind which node is out, for whoever has to bring it back', () => {
    using directory = makeDirectory()
    const { paths } = makeLab(directory.path, '')
    expect(readDown(paths)).to.equal(null)
    noteDown(paths, 'es-fake01')
    expect(readDown(paths)).to.equal('es-fake01')
    noteDown(paths, null)
    expect(readDown(paths)).to.equal(null)
  })

  it('is a fault that is done once, and undone also where the process has died', async () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path, '')
    await flap(lab, { ...request, stateDir: directory.path })
    const again = await flap(lab, { ...request, stateDir: directory.path }).catch(thrown => thrown)
    expect(again).to.have.property('code', 'USAGE')
    await flap(lab, null)
    expect(listPlanted(lab.paths)).to.deep.equal([])
    expect(findOwner(lab.paths)).to.equal(undefined)
  })
})
