// playbooks/secret_status.yml on real Ansible: what it says of a file, of the process, and of places where a secret must not be.
import { createHash } from 'node:crypto'
import { chmod, mkdir, utimes, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import type { JsonObject } from '../../../src/ports/json.ts'
import { entryOf, openStand, type Stand, secretId } from './stand.ts'

const secret = `pl"ain$Text'9`

describe('secret_status.yml', function () {
  this.timeout(300_000)
  let stand: Stand
  before(async () => {
    stand = await openStand((folder, loginUrl) => ({
      ls01: entryOf(join(folder, 'ls01.json'), { format: 'json', login_url: loginUrl }),
      bare: entryOf(join(folder, 'missing.env'), { apply: 'none' }),
      nobody: null,
    }))
    await stand.write('ls01.json', JSON.stringify({ ES_USER: 'logstash_a', ES_PASSWORD: secret }))
    await chmod(stand.file('ls01.json'), 0o640)
    stand.letIn.add(`logstash_a:${secret}`)
  })
  after(() => stand.close())

  const look = async (host = 'ls01', vars: JsonObject = {}) => {
    const played = await stand.play(
      'secret_status.yml',
      { ops_secret: secretId, ops_salt: 'salt', ...vars },
      { hosts: [host] },
    )
    return { ...played, found: (played.result[secretId] ?? {}) as JsonObject }
  }

  it('says what is in the file without the secret, and changes nothing', async () => {
    const { found, outcomes } = await look()
    expect(outcomes.get('ls01')).to.deep.equal({ state: 'ok', changed: false })
    expect(found).to.deep.include({
      ...{ there: true, principal: 'logstash_a', file_mode: '0640', file_owner: userInfo().username },
      fingerprint: createHash('sha256').update(`salt:${secret}`).digest('hex').slice(0, 16),
      login: { as: 'logstash_a', problem: null },
      ...{ running_since: null, stale: false, plain_text_elsewhere: [], search_incomplete: false },
    })
  })

  it('says since when the process runs, and that it is older than its file', async () => {
    const before = Date.now()
    await execa(stand.file('manager'), ['start', 'ls01'])
    const { found } = await look()
    expect(Date.parse(String(found.running_since))).to.be.within(before - 1000, Date.now())
    expect(found.stale).to.equal(false)
    const soon = new Date(Date.now() + 5000)
    await utimes(stand.file('ls01.json'), soon, soon)
    expect((await look()).found).to.deep.include({ stale: true, file_changed_at: soon.toISOString() })
  })

  it('finds the secret in other files, and in the environment of the process', async () => {
    await mkdir(stand.file('search/deep/.hidden'), { recursive: true })
    await writeFile(stand.file('search/deep/.hidden/pipeline.conf'), `password => ${secret}\n`)
    await writeFile(stand.file('search/quoted.json'), JSON.stringify({ password: secret }))
    await writeFile(stand.file('search/other'), 'something else')
    await stand.write('.ls01.json.ops-new', JSON.stringify({ ES_PASSWORD: secret }))
    await execa(stand.file('manager'), ['stop', 'ls01'])
    await stand.write('ls01.environment', `ES_PASSWORD=${secret}\n`)
    await execa(stand.file('manager'), ['start', 'ls01'])
    const pid = (await stand.read('ls01.pid')).trim()
    expect((await look()).found.plain_text_elsewhere).to.deep.equal([
      stand.file('.ls01.json.ops-new'),
      stand.file('search/deep/.hidden/pipeline.conf'),
      stand.file('search/quoted.json'),
      `environment of ${pid}`,
    ])
  })

  it('says that it has not searched everything', async () => {
    const { found } = await look('ls01', { secret_consumer_search_files: 1 })
    expect(found).to.deep.include({ searched_files: 1, search_incomplete: true })
    expect((await look('ls01', { secret_consumer_search_bytes: 4 })).found.search_incomplete).to.equal(true)
  })

  it('says that a login is refused, and logs in only where it may', async () => {
    stand.letIn.clear()
    const { login } = (await look()).found as { login: { as: null; problem: string } }
    expect(login.as).to.equal(null)
    expect(login.problem).to.contain('answers 401')
    const refused = stand.refused()
    expect((await look('ls01', { ops_login: false })).found.login).to.equal(null)
    expect(stand.refused()).to.equal(refused)
  })

  it('leaves out what the host does not have, where it is asked for a list', async () => {
    const { result } = await look('bare', { ops_secret: undefined, ops_secrets: [secretId, 'another'] })
    expect(Object.keys(result)).to.deep.equal([secretId])
    expect((await look('nobody', { ops_secret: undefined })).result).to.deep.equal({})
  })

  it('says that a file is not there, and refuses a host that has no entry', async () => {
    expect((await look('bare')).found).to.deep.include({
      ...{ there: false, principal: null, fingerprint: null, file_mode: null, login: null },
    })
    expect((await look('nobody')).refusal).to.contain('it has no entry logstash-writer in secret_consumers')
  })
})
