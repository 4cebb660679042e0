// playbooks/rotate-secrets.yml on real Ansible, as ops plays it: the file, the service, the login, and what it refuses.
import { createHash } from 'node:crypto'
import { readdir, stat, symlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { YAML } from 'zx'
import { entryOf, given, openStand, type Stand, secretId } from './stand.ts'

/** Everything that some reader of a file takes for something else. */
const hard = `a"b'c$HOME\`id\` \\ {{ x }} ünï-名-😀 #%=:\\`

const files = {
  env: '# of the service\nJAVA="/opt/java 17"\nexport ES_USER=logstash_a\nES_PASSWORD=\'old\'\n\nLAST=1',
  json: '{\n  "ratio": 1.50,\n  "ES_USER": "logstash_a",\n  "nested": {"ES_PASSWORD": "other"},\n  "ES_PASSWORD": "old"\n}\n',
  yaml: '# of the service\nhost: a  # here\nES_USER: logstash_a\nES_PASSWORD: old # by hand\nblock: |\n  ES_PASSWORD: other\n',
}
const kept = {
  env: ['# of the service\nJAVA="/opt/java 17"\nexport ES_USER=', '\n\nLAST=1'],
  json: [
    '{\n  "ratio": 1.50,\n  "ES_USER": ',
    ',\n  "nested": {"ES_PASSWORD": "other"},\n  "ES_PASSWORD": ',
    '\n}\n',
  ],
  yaml: ['# of the service\nhost: a  # here\nES_USER: ', '# by hand\nblock: |\n  ES_PASSWORD: other\n'],
}
const readers: Record<keyof typeof files, (file: string, text: string) => Promise<unknown>> = {
  env: async file => {
    const { stdout } = await execa('sh', ['-c', `. "$0"; printf %s "$ES_PASSWORD"`, file])
    return stdout
  },
  json: async (_file, text) => JSON.parse(text).ES_PASSWORD,
  yaml: async (_file, text) => YAML.parse(text).ES_PASSWORD,
}

describe('rotate-secrets.yml', function () {
  this.timeout(300_000)
  let stand: Stand
  before(async () => {
    stand = await openStand((folder, loginUrl) => ({
      ls01: entryOf(join(folder, 'ls01.env'), { login_url: loginUrl }),
      env: entryOf(join(folder, 'a.env'), { apply: 'none' }),
      json: entryOf(join(folder, 'a.json'), { format: 'json', apply: 'none' }),
      yaml: entryOf(join(folder, 'a.yaml'), { format: 'yaml', apply: 'none' }),
      fresh: entryOf(join(folder, 'fresh.json'), { format: 'json', apply: 'none', mode: '0640' }),
      linked: entryOf(join(folder, 'linked'), { apply: 'none' }),
      torn: entryOf(join(folder, 'torn'), { format: 'yaml', apply: 'none' }),
      nobody: null,
      partial: { format: 'ini', apply: 'restart', names: { principal: 'ES_USER' }, mode: '0644' },
      reload: entryOf('/nowhere', { apply: 'reload' }),
    }))
    for (const [form, text] of Object.entries(files)) await stand.write(`a.${form}`, text)
    await stand.write('ls01.env', 'ES_USER=logstash_a\nES_PASSWORD=old\n')
  })
  after(() => stand.close())

  const rotate = (host: string, value: string, more = {}) =>
    stand.play('rotate-secrets.yml', given(value, more), { hosts: [host] })
  const modeOf = async (name: string) => ((await stat(stand.file(name))).mode & 0o777).toString(8)

  for (const form of ['env', 'json', 'yaml'] as const) {
    it(`writes any secret into a file of kind ${form}, keeps the rest to the byte, and changes nothing twice`, async () => {
      expect((await rotate(form, hard)).result).to.deep.include({ changed: true, restarted: false })
      const text = await stand.read(`a.${form}`)
      expect(await readers[form](stand.file(`a.${form}`), text)).to.equal(hard)
      for (const part of kept[form]) expect(text).to.contain(part)
      expect(await modeOf(`a.${form}`)).to.equal('600')
      const second = await rotate(form, hard)
      expect(second.outcomes.get(form)).to.deep.equal({ state: 'ok', changed: false })
      expect(await stand.read(`a.${form}`)).to.equal(text)
    })
  }

  it('makes a file that is not there yet, with the mode of its entry, and leaves no other', async () => {
    const before = await readdir(stand.folder)
    expect((await rotate('fresh', 'new')).result).to.deep.include({ changed: true })
    expect(JSON.parse(await stand.read('fresh.json'))).to.deep.equal({
      ES_USER: 'logstash_b',
      ES_PASSWORD: 'new',
    })
    expect(await modeOf('fresh.json')).to.equal('640')
    expect((await readdir(stand.folder)).filter(name => !before.includes(name))).to.deep.equal(['fresh.json'])
  })

  it('removes what a killed play has left, also where there is nothing else to do', async () => {
    for (const value of ['another', 'another']) {
      await stand.write('.a.env.ops-new', 'ES_PASSWORD=half')
      await rotate('env', value)
      expect(await readdir(stand.folder)).not.to.include('.a.env.ops-new')
    }
  })

  it('restarts the service, logs in from its host, and says who it is without the secret', async () => {
    stand.letIn.add('logstash_b:brand-new-one')
    const heard: (string | null)[] = []
    const played = await stand.play('rotate-secrets.yml', given('brand-new-one'), {
      hosts: ['ls01'],
      onEvent: ({ kind, task }) => kind === 'host.ok' && heard.push(task),
    })
    const fingerprint = createHash('sha256').update('salt:brand-new-one').digest('hex').slice(0, 16)
    expect(played.result).to.deep.equal({
      ...{ changed: true, restarted: true, principal: 'logstash_b', fingerprint },
      ...{ logged_in_as: 'logstash_b', login_problem: null },
    })
    expect(heard.join('\n')).to.contain('Say that the service has stopped')
    expect(await stand.told()).to.deep.equal(['stop ls01', 'start ls01'])
    expect(await readdir(stand.file('fences'))).to.deep.equal([])
  })

  it('does not touch the service again, and gives no fingerprint without a salt', async () => {
    const { result, outcomes } = await rotate('ls01', 'brand-new-one', { ops_salt: undefined })
    expect(outcomes.get('ls01')).to.deep.equal({ state: 'ok', changed: false })
    expect(result).to.deep.include({ changed: false, restarted: false, fingerprint: null })
    expect(await stand.told()).to.deep.equal([])
  })

  it('restarts a process that is older than its file, and one that is not there', async () => {
    const soon = new Date(Date.now() + 3000)
    await utimes(stand.file('ls01.env'), soon, soon)
    expect((await rotate('ls01', 'brand-new-one')).result).to.deep.include({
      changed: false,
      restarted: true,
    })
    expect(await stand.told()).to.deep.equal(['stop ls01', 'start ls01'])
    await execa(stand.file('manager'), ['stop', 'ls01'])
    await stand.told()
    expect((await rotate('ls01', 'brand-new-one')).result).to.deep.include({ restarted: true })
    expect(await stand.told()).to.deep.equal(['stop ls01', 'start ls01'])
  })

  it('says that the server does not let it in, after asking for a while', async () => {
    const refused = stand.refused()
    const { result } = await rotate('ls01', 'not-let-in', { secret_consumer_patience_seconds: 5 })
    expect(result.logged_in_as).to.equal(null)
    expect(result.login_problem).to.contain('_security/_authenticate answers 401')
    expect(stand.refused() - refused).to.be.within(2, 6)
  })

  it('does not go on under the fence of a newer run, and makes up for it later', async () => {
    stand.letIn.add('logstash_b:yet-another')
    const fence = { run: 'r9', fencing: 99, at: '2025-01-01T00:00:00Z' }
    await stand.write('fences/logstash.ls01.fence', JSON.stringify(fence))
    const { refusal } = await rotate('ls01', 'yet-another')
    expect(refusal).to.contain('fenced: run r9')
    await stand.told()
    await execa('rm', [stand.file('fences/logstash.ls01.fence')])
    expect((await rotate('ls01', 'yet-another')).result).to.deep.include({ changed: false, restarted: true })
  })

  it('changes nothing in check mode', async () => {
    await stand.told()
    const text = await stand.read('ls01.env')
    const { outcomes, diffs } = await stand.play('rotate-secrets.yml', given('unwanted'), {
      ...{ hosts: ['ls01'], check: true },
    })
    expect(outcomes.get('ls01')).to.deep.equal({ state: 'ok', changed: true })
    expect(diffs).to.deep.equal([])
    expect(await stand.read('ls01.env')).to.equal(text)
    expect(await stand.told()).to.deep.equal([])
  })

  it('refuses a host that has no entry, or an incomplete one, and says what is missing', async () => {
    expect((await rotate('nobody', 'new')).refusal).to.contain(
      `nobody: it has no entry ${secretId} in secret_consumers (it has none)`,
    )
    const { refusal } = await rotate('partial', 'new')
    for (const part of [
      'file is missing',
      'names.secret is missing',
      'format is ini, and none of env, json, yaml',
      'service is missing',
      'mode 0644 lets everybody at it',
    ]) {
      expect(refusal).to.contain(part)
    }
    expect((await rotate('reload', 'new')).refusal).to.contain('only systemd reloads')
  })

  it('refuses a file that it cannot keep as it is, and leaves it alone', async () => {
    await symlink(stand.file('a.env'), stand.file('linked'))
    expect((await rotate('linked', 'new')).refusal).to.contain('symbolic link: name the file itself')
    for (const [text, problem] of [
      ['a: [ old-secret\n', 'is no YAML, line 2'],
      ['a: &x old\nES_PASSWORD: *x\n', 'ES_PASSWORD is no single value'],
      ['- a\n', 'holds no mapping'],
    ] as const) {
      await stand.write('torn', text)
      const { refusal } = await rotate('torn', 'new')
      expect(refusal).to.contain(problem).and.not.to.contain('old-secret')
      expect(await stand.read('torn')).to.equal(text)
    }
    expect((await rotate('env', 'two\nlines')).refusal).to.contain('control character')
  })
})
