import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { OpsError } from '../../../../src/errors/index.ts'
import { findDataPath, loseDataPath } from '../../../../src/lab/faults/data-path.ts'
import { emptyDisk, fillDisk, planDiskMiB, planFillerBytes } from '../../../../src/lab/faults/node-disk.ts'
import { killNode } from '../../../../src/lab/faults/node-faults.ts'
import { listPlanted } from '../../../../src/lab/faults/planted.ts'
import type { LabNode } from '../../../../src/lab/layout.ts'
import { nodePaths } from '../../../../src/lab/paths.ts'
import { isRoot } from '../../../../src/lab/process/user.ts'
import { startNode } from '../../../../src/lab/service.ts'
import type { Lab } from '../../../../src/lab/state.ts'
import { fakeNodes, makeDirectory, makeLab } from '../fake-lab.ts'

const node = fakeNodes[0] as LabNode

/** A lab whose first node has one file on its disk. */
function withData(directory: string): { lab: Lab; data: string; file: string } {
  const lab = makeLab(directory, 'exec sleep 60')
  const { data } = nodePaths(lab.state.nodesRoot, node.name)
  mkdirSync(data)
  const file = join(data, 'document')
  writeFileSync(file, 'kept')
  return { lab, data, file }
}

describe('the data path of a node', () => {
  it('is lost and found again with all that was in it, whatever the node wrote meanwhile', () => {
    using directory = makeDirectory()
    const { lab, data, file } = withData(directory.path)
    loseDataPath(lab, node)
    expect(readdirSync(data)).to.deep.equal([])
    writeFileSync(join(data, 'new'), '')
    findDataPath(lab, node)
    expect(readFileSync(file, 'utf8')).to.equal('kept')
    expect(readdirSync(data)).to.deep.equal(['document'])
    expect(listPlanted(lab.paths)).to.deep.equal([])
  })

  it('is not taken from a node that runs', async () => {
    using directory = makeDirectory()
    const { lab, file } = withData(directory.path)
    await startNode(lab, node)
    try {
      expect(() => loseDataPath(lab, node)).to.throw(/is running/)
      expect(existsSync(file)).to.equal(true)
      expect(listPlanted(lab.paths)).to.deep.equal([])
    } finally {
      await killNode(lab, node)
    }
  })
})

describe('a disk of its own', () => {
  it('has room for twice what is there, and 64 MiB at least', () => {
    expect(planDiskMiB(0)).to.equal(64)
    expect(planDiskMiB(100 * 1024 * 1024)).to.equal(200)
  })

  it('is filled up to the percentage, by nothing where it is fuller already', () => {
    expect(planFillerBytes(1000, 900, 92)).to.equal(820)
    expect(planFillerBytes(1000, 40, 92)).to.equal(0)
    expect(planFillerBytes(1000, 900, 100)).to.equal(900)
  })

  it('refuses a percentage that is none, and remembers nothing', async () => {
    using directory = makeDirectory()
    const { lab } = withData(directory.path)
    const refused = await fillDisk(lab, node, 120).catch(thrown => thrown as OpsError)
    expect(refused).to.include({ code: 'USAGE' })
    expect(listPlanted(lab.paths)).to.deep.equal([])
  })

  if (isRoot()) {
    it('is as full as was asked, and what the node wrote there comes back with it', async () => {
      using directory = makeDirectory()
      const { lab, data, file } = withData(directory.path)
      await fillDisk(lab, node, 90)
      try {
        const { statfsSync } = await import('node:fs')
        const { blocks, bavail } = statfsSync(data)
        expect(1 - bavail / blocks).to.be.within(0.89, 0.91)
        expect(readFileSync(file, 'utf8')).to.equal('kept')
        writeFileSync(join(data, 'new'), '')
      } finally {
        await emptyDisk(lab, node)
      }
      expect(readdirSync(data).toSorted()).to.deep.equal(['document', 'new'])
      expect(listPlanted(lab.paths)).to.deep.equal([])
    })
  } else {
    it('is only for root to give, and says what serves without', async () => {
      using directory = makeDirectory()
      const { lab } = withData(directory.path)
      const refused = await fillDisk(lab, node, 90).catch(thrown => thrown as OpsError)
      expect(refused).to.have.property('hint').that.includes('ops lab fault watermark')
    })
  }
})
