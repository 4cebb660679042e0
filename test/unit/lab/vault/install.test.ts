import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { explainGoBuild, isGoRecent, recipeDir } from '../../../../src/lab/vault/install.ts'

describe('the Vault of the lab', () => {
  it('is linked from the version under MPL-2.0 that is said everywhere, and has the sum of every module', () => {
    const mod = readFileSync(join(recipeDir, 'go.mod'), 'utf8')
    expect(mod).to.match(/^require github\.com\/hashicorp\/vault v1\.14\.1$/m)
    const sums = new Set(
      readFileSync(join(recipeDir, 'go.sum'), 'utf8')
        .split('\n')
        .map(line => line.split(' ').slice(0, 2).join(' ')),
    )
    const direct = ['github.com/hashicorp/vault v1.14.1', 'github.com/mitchellh/cli v1.1.2']
    for (const module of direct) expect(sums.has(module), module).to.equal(true)
  })

  it('needs a Go that is recent enough', () => {
    for (const version of ['go1.20', 'go1.20.3', 'go1.26.8', 'go2.0', 'devel go1.27-abc']) {
      expect(isGoRecent(version), version).to.equal(true)
    }
    for (const version of ['go1.19.8', 'go1.9', '', 'gccgo'])
      expect(isGoRecent(version), version).to.equal(false)
  })

  it('says of a forged module that it must not be trusted, and of others what Go said', () => {
    const forged = explainGoBuild(
      'go: downloading x\nverifying github.com/a/b@v1.0.0: checksum mismatch\nSECURITY ERROR\n',
    )
    expect(forged.message).to.equal(
      'not the Go module that was expected (go.sum): verifying github.com/a/b@v1.0.0: checksum mismatch',
    )
    expect(forged.hint).to.include('do not trust its source')
    expect(explainGoBuild('go: proxy: dial tcp: lookup failed\n').message).to.equal(
      'Vault could not be built: go: proxy: dial tcp: lookup failed',
    )
  })
})
