import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { OpsError } from '../../../../src/errors/index.ts'
import { findTool, missingTools, requireHostsTools } from '../../../../src/lab/hosts/tools.ts'
import { lackingCapabilities } from '../../../../src/lab/hosts/why-no-docker.ts'
import { makeDirectory } from '../../lab/fake-lab.ts'

describe('the tools of the lab of hosts', () => {
  it('are all named, with one line that installs them', () => {
    using directory = makeDirectory()
    let error: OpsError | undefined
    try {
      requireHostsTools(['docker', 'dockerd', 'vagrant', 'mmdebstrap'], directory.path)
    } catch (thrown) {
      error = thrown as OpsError
    }
    expect(error).to.include({
      code: 'TOOL_MISSING',
      message: 'not installed: docker, dockerd, vagrant, mmdebstrap',
      hint: 'apt-get install -y --no-install-recommends docker.io vagrant mmdebstrap',
    })
  })

  it('are there only where they can be run', () => {
    using directory = makeDirectory()
    const file = join(directory.path, 'vagrant')
    writeFileSync(file, '')
    expect(missingTools(['vagrant'], directory.path)).to.deep.equal(['vagrant'])
    chmodSync(file, 0o755)
    expect(findTool('vagrant', `/nowhere:${directory.path}`)).to.equal(file)
  })
})

describe('whether Docker can be started', () => {
  it('needs capabilities, which are named where they lack', () => {
    expect(lackingCapabilities('CapEff:\t000001ffffffffff\n')).to.deep.equal([])
    expect(lackingCapabilities('CapEff:\t000001fffeffffff\n')).to.deep.equal([]) // CAP_SYS_RESOURCE is not needed
    expect(lackingCapabilities('CapEff:\t00000000a80425fb\n')).to.deep.equal([
      'CAP_NET_ADMIN',
      'CAP_SYS_ADMIN',
    ])
  })
})
