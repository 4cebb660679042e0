// No secret is seen while or after playbooks/rotate-secrets.yml and secret_status.yml run: not in what Ansible says, however talkative,
// not among arguments and environments of processes, not in a file but the one that it belongs in.
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { execa } from 'execa'
import type { JsonObject } from '../../../src/ports/json.ts'
import { checkout, entryOf, given, openStand, type Stand, secretId } from './stand.ts'

const canary = 'Kanarienvogel-6b1f$7'
/** As JSON, a shell, YAML or base64 would have it, too. */
const forms = [canary, 'Kanarienvogel-6b1f', Buffer.from(canary).toString('base64').slice(2, 20)]
const tool = join(checkout, '.venv/bin/ansible-playbook')

describe('the secret of a play', function () {
  this.timeout(300_000)
  let stand: Stand
  before(async () => {
    stand = await openStand(
      (folder, loginUrl) => ({
        ls01: entryOf(join(folder, 'ls01.env'), { login_url: loginUrl }),
        torn: entryOf(join(folder, 'torn.json'), { format: 'json', apply: 'none' }),
        lost: entryOf(join(folder, 'no', 'such', 'folder'), { apply: 'none' }),
        away: entryOf(join(folder, 'away.env'), { apply: 'none', login_url: 'https://127.0.0.1:9/' }),
      }),
      { ansible_pipelining: true },
    )
    await writeFile(stand.file('torn.json'), `{"ES_PASSWORD": "${canary}"`)
    stand.letIn.add(`logstash_b:${canary}`)
    await mkdir(stand.file('home'))
  })
  after(() => stand.close())

  /** As a person plays it, with everything that Ansible can say; what it said, and what processes showed meanwhile. */
  const shout = async (
    playbook: string,
    host: string,
    vars: JsonObject,
    env: Record<string, string> = {},
  ) => {
    const file = stand.file('vars.json')
    await writeFile(file, JSON.stringify(vars), { mode: 0o600 })
    const command = ['-vvvv', '--diff', '-i', stand.inventory, '-l', host, '-e', `@${file}`]
    const running = execa(tool, [...command, join('playbooks', playbook)], {
      ...{ cwd: checkout, all: true, reject: false },
      env: { ...env, ANSIBLE_HOME: stand.file('home'), ANSIBLE_NOCOLOR: '1' },
    })
    let seen = ''
    let isOver = false
    running.finally(() => {
      isOver = true
    })
    while (!isOver) {
      seen += readProcesses()
      await sleep(15)
    }
    const { all, exitCode } = await running
    await rm(file)
    return { said: all ?? '', seen, exitCode }
  }

  it('is in nothing that Ansible says or shows', async () => {
    const { said, seen, exitCode } = await shout('rotate-secrets.yml', 'ls01', given(canary))
    expect(exitCode, said).to.equal(0)
    expect(await stand.read('ls01.env')).to.contain(canary)
    expect(seen).to.contain('rotate-secrets.yml')
    expectNothing(said, seen)
    expect(await holders()).to.deep.equal([stand.file('ls01.env'), stand.file('torn.json')])
  })

  it('is in nothing without pipelining either', async () => {
    const off = { ANSIBLE_PIPELINING: 'False' }
    const { said, seen, exitCode } = await shout('rotate-secrets.yml', 'ls01', given(`${canary}!`), off)
    expect(exitCode, said).to.equal(0)
    expectNothing(said, seen)
    expect(await holders()).to.deep.equal([stand.file('ls01.env'), stand.file('torn.json')])
  })

  it('is in no complaint', async () => {
    for (const [host, vars, complaint] of [
      ['torn', given(canary), 'is no JSON'],
      ['lost', given(canary), 'No such file or directory'],
      ['ls01', given(canary, { secret_consumer_fencing: 'many' }), 'Validation of arguments failed'],
      ['ls01', given(canary, { secret_consumer_patience_seconds: 'x' }), 'Validation of arguments failed'],
    ] as const) {
      const { said, seen, exitCode } = await shout('rotate-secrets.yml', host, vars)
      expect(exitCode).to.equal(2)
      expect(said.replaceAll(/\s+/g, ' ')).to.contain(complaint)
      expectNothing(said, seen)
    }
  })

  it('is in no problem of a login', async () => {
    const { result } = await stand.play('rotate-secrets.yml', given(canary), { hosts: ['away'] })
    expect(result.login_problem).to.contain('127.0.0.1:9')
    expectNothing(JSON.stringify(result))
  })

  it('is in nothing that is said of the status', async () => {
    await shout('rotate-secrets.yml', 'ls01', given(canary))
    const { said, seen, exitCode } = await shout('secret_status.yml', 'ls01', {
      ...{ ops_secrets: [secretId], ops_salt: 'salt' },
    })
    expect(exitCode, said).to.equal(0)
    expectNothing(said, seen)
  })

  it('is in nothing that ops keeps of the play', async () => {
    await rm(stand.file('ls01.env'))
    const events: unknown[] = []
    const played = await stand.play('rotate-secrets.yml', given(canary), {
      onEvent: event => events.push(event),
    })
    expect(played.result).to.deep.include({ changed: true, logged_in_as: 'logstash_b' })
    const outcomes = JSON.stringify([...played.outcomes, ...played.results, ...played.diffs])
    expectNothing(outcomes, JSON.stringify(events), await readFile(played.log, 'utf8'))
    expect(await holders(join(stand.folder, 'run'))).to.deep.equal([])
  })

  function expectNothing(...texts: readonly string[]): void {
    for (const text of texts) for (const form of forms) expect(text).not.to.contain(form)
  }

  /** Files that hold the secret, in the folder of the test and where Ansible and Python put temporary ones. */
  async function holders(folder = stand.folder): Promise<readonly string[]> {
    const places = [folder, ...(folder === stand.folder ? temporary() : [])]
    const { stdout } = await execa('grep', ['-rlF', '--', forms[1] ?? '', ...places], { reject: false })
    return stdout
      .split('\n')
      .filter(name => name !== '')
      .sort()
  }
})

const temporary = (): readonly string[] =>
  [tmpdir(), '/dev/shm'].flatMap(root =>
    readdirSync(root)
      .filter(name => /^(ansible|\.ansible|ops-ansible)/.test(name))
      .map(name => join(root, name)),
  )

/** Arguments and environments of everybody, as any user of the machine might see them. */
function readProcesses(): string {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1') + readFileSync(`/proc/${pid}/environ`, 'latin1')
      } catch {
        return ''
      }
    })
    .join('\n')
}
