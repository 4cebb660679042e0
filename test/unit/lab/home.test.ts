import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { execaSync } from 'execa'
import type { OpsError } from '../../../src/errors/index.ts'
import { installArchive } from '../../../src/lab/elasticsearch/archive.ts'
import { instead, recipeDir } from '../../../src/lab/elasticsearch/install.ts'
import { explainMavenBuild } from '../../../src/lab/maven-home.ts'
import { makeDirectory } from './fake-lab.ts'

describe('the recipe of the Elasticsearch home', () => {
  it('knows the checksum of every jar that it fetches', () => {
    const pom = readFileSync(join(recipeDir, 'pom.xml'), 'utf8')
    const version = /<es.version>(.*)<\/es.version>/.exec(pom)?.[1] ?? ''
    const item = /<artifactId>([^<]+)<\/artifactId><version>([^<]+)<\/version><\/artifactItem>/g
    const fetched = [...pom.matchAll(item)].map(
      ([, name, of]) => `${name}-${of?.startsWith('$') ? version : of}.jar`,
    )
    const known = readFileSync(join(recipeDir, 'jars.sha256'), 'utf8').trim().split('\n')
    expect(known.every(line => /^[0-9a-f]{64} {2}(lib|modules)\/\S+\.jar$/.test(line))).to.equal(true)
    expect(known.map(line => line.slice(line.lastIndexOf('/') + 1))).to.have.members(fetched)
  })

  it('tells a jar that is not the one expected from a source that cannot be reached', () => {
    const changed = explainMavenBuild(
      'Elasticsearch',
      'lib/lucene-core-9.12.2.jar: FAILED\nsha256sum: WARNING: 1 computed checksum did NOT match',
    )
    expect(changed.message).to.include('lib/lucene-core-9.12.2.jar')
    const output = '[INFO] x\n[ERROR] Unknown host repo.maven.apache.org\n[ERROR] more\n'
    const unreachable = explainMavenBuild('Elasticsearch', output, instead)
    expect(unreachable.message).to.include('Unknown host repo.maven.apache.org')
    expect(unreachable.hint).to.include('--archive')
  })
})

describe('an official archive', () => {
  let directory: ReturnType<typeof makeDirectory>
  before(() => {
    directory = makeDirectory()
    process.env.OPS_CACHE = join(directory.path, 'cache')
  })
  after(() => {
    delete process.env.OPS_CACHE
    directory[Symbol.dispose]()
  })

  function makeArchive(version: string, parts = ['bin/elasticsearch', 'bin/elasticsearch-keystore']): string {
    const root = join(directory.path, `elasticsearch-${version}`)
    for (const part of ['bin', 'lib', 'config']) mkdirSync(join(root, part), { recursive: true })
    for (const part of parts) writeFileSync(join(root, part), '#!/bin/sh\n', { mode: 0o755 })
    writeFileSync(join(root, 'lib', `elasticsearch-${version}.jar`), '')
    const file = join(directory.path, `elasticsearch-${version}-linux-x86_64.tar.gz`)
    execaSync('tar', ['-czf', file, '-C', directory.path, `elasticsearch-${version}`])
    return file
  }
  const failure = (file: string) =>
    installArchive(file, () => {}).then(
      () => undefined,
      thrown => thrown as OpsError,
    )

  it('is unpacked once, by its content', async () => {
    const said: string[] = []
    const file = makeArchive('8.10.4')
    const home = await installArchive(file, line => said.push(line))
    expect(await installArchive(file, line => said.push(line))).to.equal(home)
    expect(said).to.have.length(1)
    expect(readFileSync(join(home, 'bin', 'elasticsearch'), 'utf8')).to.equal('#!/bin/sh\n')
  })

  it('must be of version 8', async () => {
    const error = await failure(makeArchive('9.0.1'))
    expect(error?.message).to.match(/is no archive of Elasticsearch 8: it holds elasticsearch-9\.0\.1$/)
  })

  it('must be an archive of a whole home', async () => {
    const text = join(directory.path, 'text.tar.gz')
    writeFileSync(text, 'no archive')
    expect(await failure(text)).to.have.property('code', 'LAB_FAILED')
    expect((await failure(makeArchive('8.10.3', ['bin/elasticsearch'])))?.message).to.include(
      'no bin/elasticsearch-keystore',
    )
  })

  it('must be there', async () => {
    expect(await failure('/nowhere.tar.gz')).to.have.property('code', 'USAGE')
  })
})
