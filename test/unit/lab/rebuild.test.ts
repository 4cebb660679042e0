import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { OpsError } from '../../../src/errors/index.ts'
import { rebuildCluster } from '../../../src/lab/elasticsearch/rebuild.ts'
import { nodePaths } from '../../../src/lab/paths.ts'
import { findLab, saveState } from '../../../src/lab/state.ts'
import { makeDirectory, makeLab } from './fake-lab.ts'

const quiet = () => {}

describe('forming the cluster of the lab anew', () => {
  it('refuses while any node still has data, and forgets nothing', async () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path, '')
    const stateDir = join(directory.path, 'state')
    saveState(lab.paths, { ...lab.state, clusterUuid: 'lost' })
    const { data } = nodePaths(lab.state.nodesRoot, 'es-node02')
    mkdirSync(data, { recursive: true })
    writeFileSync(join(data, 'node.lock'), '')
    const error = await rebuildCluster(stateDir, 'lost', quiet).catch(thrown => thrown as OpsError)
    expect(error)
      .to.have.property('message')
      .that.matches(/not lost: es-node02 has data in /)
    expect(findLab(stateDir)?.state).to.include({ formed: true, filled: true, clusterUuid: 'lost' })
  })

  it('is asked for in vain where the lab has no Elasticsearch, or none is up', async () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path, '')
    const stateDir = join(directory.path, 'state')
    const codeOf = () => rebuildCluster(stateDir, 'lost', quiet).catch(thrown => (thrown as OpsError).code)
    expect(await codeOf()).to.equal('LAB_NOT_UP')
    saveState(lab.paths, { ...lab.state, services: ['kafka'] })
    expect(await codeOf()).to.equal('LAB_NOT_UP')
  })
})
