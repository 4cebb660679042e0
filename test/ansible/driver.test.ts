// The driver on real Ansible: the contract of the port, then what only real processes can show. Seconds each.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type AnsibleDriver, type AnsibleOptions, createAnsible } from '../../src/adapters/ansible/index.ts'
import { findProcesses } from '../../src/adapters/ansible/processes.ts'
import type { AnsibleEvent, PlayRequest } from '../../src/ports/ansible.ts'
import { describeAnsibleContract, failureOf } from '../contract/ansible.contract.ts'

const checkout = resolve(import.meta.dirname, '../..')
const canary = 'canary-7f3a'

describe('the Ansible driver', function () {
  this.timeout(300_000)
  let folder: string
  let ansible: AnsibleDriver
  const open = (options: Partial<AnsibleOptions> = {}): AnsibleDriver =>
    createAnsible({
      checkout,
      inventory: join(import.meta.dirname, 'inventory'),
      playbooks: join(import.meta.dirname, 'playbooks'),
      stateDir: folder,
      run: `test-${process.pid}`,
      runDir: join(folder, 'run'),
      redact: text => text.replaceAll(canary, '[redacted]'),
      timings: { interruptMs: 2000, terminateMs: 1000, pollMs: 50 },
      heartbeatSeconds: 1,
      ...options,
    })
  const request = (playbook: string, hosts: readonly string[], more: Partial<PlayRequest> = {}) => ({
    playbook,
    hosts,
    vars: {},
    stallMs: 30_000,
    ...more,
  })

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ops-ansible-test-'))
    ansible = open()
  })
  after(async () => {
    await ansible.close()
    await rm(folder, { recursive: true, force: true })
  })

  describeAnsibleContract('real', () => ({ ansible }))

  it('does not take an ignored or rescued failure for a failure', async () => {
    const events: AnsibleEvent[] = []
    const { outcomes } = await ansible.play(
      request('forgives.yml', ['alpha'], { onEvent: event => events.push(event) }),
    )
    expect(outcomes.get('alpha')).to.deep.equal({ state: 'ok', changed: false })
    const failures = events.filter(event => event.kind === 'host.failed')
    expect(failures.map(event => event.forgiven)).to.deep.equal(['ignored', 'rescued'])
  })

  it('tells items, retries, includes, handlers, delegation and skips', async () => {
    const events: AnsibleEvent[] = []
    const { outcomes } = await ansible.play(
      request('varied.yml', ['alpha'], { onEvent: event => events.push(event) }),
    )
    expect(outcomes.get('alpha')).to.deep.equal({ state: 'ok', changed: true })
    const of = (kind: AnsibleEvent['kind']) => events.filter(event => event.kind === kind)
    expect(of('host.item').map(event => event.message)).to.deep.equal(['one: ok', 'two: ok'])
    expect(of('host.retry').map(event => event.task)).to.deep.equal(['Try again'])
    expect(of('handler').map(event => event.task)).to.deep.equal(['Handle'])
    expect(of('host.ok').map(event => event.task)).to.include.members(['Be included', 'Handle', 'Poll'])
    expect(of('host.ok').find(event => event.task === 'Delegate')?.delegatedTo).to.equal('beta')
    expect(of('host.skipped').map(event => event.task)).to.deep.equal(['Skip'])
    expect(of('heartbeat').length).to.be.greaterThan(0)
  })

  it('does not say ok of a host whose play another host ended', async () => {
    const { outcomes } = await ansible.play(request('one_fails.yml', ['alpha', 'beta']))
    const [alpha, beta] = [outcomes.get('alpha'), outcomes.get('beta')]
    expect(alpha).to.include({ state: 'failed', task: 'Fail on alpha' })
    expect(beta?.state).to.equal('failed')
    if (beta?.state === 'failed') expect(beta.message).to.contain('because alpha failed')
  })

  it('hides secrets in log, events, results, diffs, arguments and environment, and leaves no file with one', async () => {
    const secretFile = join(folder, 'secret')
    await writeFile(secretFile, canary)
    process.env.OPS_TEST_SECRET = canary
    const events: AnsibleEvent[] = []
    let seen = ''
    const hidden = 'hidden-19c2'
    const vars = {
      secret_file: secretFile,
      target: join(folder, 'target'),
      hidden: [hidden],
      literal: '{{ 1 + 1 }}',
    }
    const result = await ansible.play(
      request('secrets.yml', ['alpha'], {
        vars,
        onEvent: event => {
          events.push(event)
          for (const { pid } of findProcesses(`OPS_RUN=test-${process.pid}`)) seen += readProcessText(pid)
        },
      }),
    )
    delete process.env.OPS_TEST_SECRET
    const kept = await readAll(join(folder, 'run'))
    expect(kept).to.contain('[redacted]')
    for (const text of [
      kept,
      seen,
      JSON.stringify(events),
      JSON.stringify([...result.results, ...result.outcomes]),
    ]) {
      expect(text).not.to.contain(canary)
    }
    expect(kept + JSON.stringify(events)).not.to.contain(hidden)
    expect(seen).to.contain('--extra-vars')
    expect(result.results.get('alpha')).to.deep.equal({ said: '[redacted]', literal: '{{ 1 + 1 }}' })
    expect(await listSecretFiles()).to.deep.equal([])
  })

  it('shows what would change in check mode and changes nothing', async () => {
    const secretFile = join(folder, 'secret')
    await writeFile(secretFile, canary)
    const target = join(folder, 'untouched')
    const vars = { secret_file: secretFile, target, hidden: [], literal: '' }
    const { diffs } = await ansible.play(request('diff.yml', ['alpha'], { vars, check: true }))
    expect(diffs.map(diff => diff.task)).to.deep.equal(['Write it'])
    expect(diffs[0]?.diff).to.contain('+[redacted]')
    expect(await readdir(folder)).not.to.include('untouched')
  })

  it('hands back big results whole, and bounds messages and the log', async () => {
    const { outcomes, results, log } = await ansible.play(request('huge.yml', ['alpha']))
    expect((results.get('alpha') as { text: string }).text).to.have.length(200_000)
    const outcome = outcomes.get('alpha')
    expect(outcome?.state).to.equal('failed')
    if (outcome?.state === 'failed') expect(outcome.message.length).to.be.lessThan(5000)
    const lines = (await readFile(log, 'utf8')).split('\n')
    expect(Math.max(...lines.map(line => line.length))).to.be.lessThan(66_000)
  })

  it('calls hosts unknown when Ansible is killed, and ends what it left behind', async () => {
    const run = `killed-${process.pid}`
    const own = open({ run, runDir: join(folder, 'killed') })
    const { outcomes } = await own.play(
      request('hangs.yml', ['alpha', 'gamma'], {
        onEvent: event => {
          if (event.kind === 'host.started' && event.host === 'gamma')
            setTimeout(() => killAnsible(run), 1000)
        },
      }),
    )
    expect(Object.fromEntries(outcomes)).to.deep.equal({
      alpha: { state: 'unknown', task: 'Sleep in a session of its own' },
      gamma: { state: 'unknown', task: 'Sleep in a session of its own' },
    })
    expect(findProcesses(`OPS_RUN=${run}`)).to.deep.equal([])
    await own.close()
  })

  it('cancels a play that is silent for too long, with everything that it started', async () => {
    const run = `silent-${process.pid}`
    const own = open({ run, runDir: join(folder, 'silent'), heartbeatSeconds: 600 })
    const { outcomes } = await own.play(request('hangs.yml', ['gamma'], { stallMs: 2500 }))
    expect(outcomes.get('gamma')?.state).to.equal('unknown')
    expect(findProcesses(`OPS_RUN=${run}`)).to.deep.equal([])
    await own.close()
  })

  it('ends what a dead process of the same run left behind before it plays', async () => {
    const run = `orphan-${process.pid}`
    const options = { ...process.env, OPS_RUN: run }
    execFileSync('sh', ['-c', 'setsid sleep 300 >/dev/null 2>&1 &'], { env: options })
    // While it takes up its program it has no environment for a moment.
    await waitUntil(() => findProcesses(`OPS_RUN=${run}`).length === 1)
    const own = open({ run, runDir: join(folder, 'orphan') })
    await own.play(request('works.yml', ['alpha']))
    expect(findProcesses(`OPS_RUN=${run}`)).to.deep.equal([])
    await own.close()
  })

  describe('a prepared play', () => {
    /** Resolves when it waits for the word, with everything that was heard of it until then. */
    const prepare = async (own: AnsibleDriver, playbook: string, more: Partial<PlayRequest> = {}) => {
      const heard: AnsibleEvent[] = []
      const { promise: waits, resolve } = Promise.withResolvers<void>()
      const onEvent = (event: AnsibleEvent): void => {
        heard.push(event)
        if (event.kind === 'host.started') resolve()
      }
      const play = await own.prepare(request(playbook, ['alpha'], { ...more, onEvent }))
      await waits
      return { play, heard }
    }
    const tasksOf = (heard: readonly AnsibleEvent[]) =>
      heard.filter(({ kind }) => kind === 'task').map(({ task }) => task)

    it('waits before its first task, and goes on within a moment', async () => {
      const { play, heard } = await prepare(ansible, 'works.yml')
      expect(tasksOf(heard)).to.deep.equal(['Wait for the word of ops'])
      const logs = async () => (await readdir(join(folder, 'run'))).filter(name => name.endsWith('.log'))
      const before = await logs()
      const begun = performance.now()
      const { outcomes } = await play.go()
      expect(outcomes.get('alpha')).to.deep.equal({ state: 'ok', changed: true })
      expect(tasksOf(heard)).to.include.members(['Change something', 'Hand back'])
      expect(performance.now() - begun).to.be.lessThan(30_000)
      expect(await logs(), 'it is the same play').to.have.members(before)
    })

    for (const [name, end] of [
      ['that is dismissed', (play: { dismiss(): Promise<void> }) => play.dismiss()],
      ['whose driver is closed', (_: unknown, own: AnsibleDriver) => own.close()],
    ] as const)
      it(`${name} leaves no process and has done nothing`, async () => {
        const run = `prepared-${process.pid}`
        const own = open({ run, runDir: join(folder, 'prepared') })
        const { play, heard } = await prepare(own, 'works.yml')
        await end(play, own)
        expect(tasksOf(heard)).to.deep.equal(['Wait for the word of ops'])
        expect(findProcesses(`OPS_RUN=${run}`)).to.deep.equal([])
        await own.close()
      })

    it('that hears its signal ends without having done anything', async () => {
      const run = `aborted-${process.pid}`
      const own = open({ run, runDir: join(folder, 'aborted') })
      const abort = new AbortController()
      const { play, heard } = await prepare(own, 'works.yml', { signal: abort.signal })
      abort.abort()
      await play.dismiss()
      expect(tasksOf(heard)).to.deep.equal(['Wait for the word of ops'])
      expect(findProcesses(`OPS_RUN=${run}`)).to.deep.equal([])
      await own.close()
    })

    it('that was killed while it waited is played anew', async () => {
      const run = `revived-${process.pid}`
      const own = open({ run, runDir: join(folder, 'revived') })
      const { play, heard } = await prepare(own, 'works.yml')
      // The one that waits is begun a moment after it was said that it is.
      await waitUntil(() => killAnsible(run) === 0)
      const { outcomes } = await play.go()
      expect(outcomes.get('alpha')).to.deep.equal({ state: 'ok', changed: true })
      expect(tasksOf(heard).filter(task => task === 'Change something')).to.have.length(1)
      await own.close()
    })

    it('whose Ansible is gone does not take the word, also where it is there already', async () => {
      const word = await mkdtemp(join(folder, 'word-'))
      await writeFile(join(word, 'go'), '')
      const plugin = resolve(checkout, 'src/adapters/ansible/plugin/action')
      const program = `import sys; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1])
from ops_word import wait_for_word
print(wait_for_word(folder=sys.argv[2], owner=int(sys.argv[3]), seconds=30))`
      // Its parent is no Ansible of the owner's: it was left to somebody else.
      const args = ['-c', program, plugin, word, String(process.pid)]
      const said = execFileSync(join(checkout, '.venv/bin/python'), args, { encoding: 'utf8' })
      expect(said).to.contain('is gone: nothing was changed')
      expect(await readdir(word)).to.deep.equal(['go'])
    })

    it('that gets no word ends by itself, and is played anew', async () => {
      const run = `patience-${process.pid}`
      const own = open({ run, runDir: join(folder, 'patience'), waitSeconds: 1 })
      const { play, heard } = await prepare(own, 'works.yml')
      await waitUntil(() => findProcesses(`OPS_RUN=${run}`).length === 0)
      expect(tasksOf(heard)).to.deep.equal(['Wait for the word of ops'])
      expect((await play.go()).outcomes.get('alpha')).to.deep.equal({ state: 'ok', changed: true })
      await own.close()
    })

    it('of an ops that was killed ends by itself and has done nothing', async () => {
      const run = `widow-${process.pid}`
      const program = join(import.meta.dirname, '../crash/prepare-and-wait.ts')
      const ops = spawn(process.execPath, [program, folder, run], { stdio: ['ignore', 'pipe', 'inherit'] })
      const exited = once(ops, 'exit')
      await once(ops.stdout, 'data')
      expect(findProcesses(`OPS_RUN=${run}`)).not.to.deep.equal([])
      ops.kill('SIGKILL')
      await exited
      await waitUntil(() => findProcesses(`OPS_RUN=${run}`).length === 0)
      expect(await readAll(join(folder, run))).not.to.contain('Change something')
    })
  })

  it('tells a playbook that is broken or for nobody from one that failed', async () => {
    await writeFile(join(folder, 'broken.yml'), '- hosts: [\n')
    const own = open({ playbooks: folder })
    const broken = await failureOf(own.play(request('broken.yml', ['alpha'])))
    await own.close()
    expect(broken.code).to.equal('ANSIBLE_FAILED')
    expect(broken.message).to.match(/broken\.yml could not be played \(exit status 4\): .*YAML/)
    expect((await failureOf(ansible.play(request('for_nobody.yml', ['alpha'])))).code).to.equal(
      'NO_HOSTS_MATCHED',
    )
  })

  it('ends a play whose listener breaks, before it passes the error on', async () => {
    const run = `listener-${process.pid}`
    const own = open({ run, runDir: join(folder, 'listener') })
    const error = await failureOf(
      own.play(
        request('hangs.yml', ['alpha'], {
          onEvent: ({ kind }) => {
            if (kind === 'host.started') throw new Error('broken listener')
          },
        }),
      ),
    )
    expect(error.message).to.equal('broken listener')
    expect(findProcesses(`OPS_RUN=${run}`)).to.deep.equal([])
    await own.close()
  })

  it('says that Ansible cannot be started where its Python is gone', async () => {
    await writeFile(join(folder, 'ansible-playbook'), '#!/nowhere/python\n', { mode: 0o755 })
    const own = open({ binDir: folder })
    expect((await failureOf(own.play(request('works.yml', ['alpha'])))).code).to.equal('ANSIBLE_MISSING')
    await own.close()
  })

  it('says that Ansible is missing, and how to install it', async () => {
    const path = process.env.PATH
    process.env.PATH = '/nowhere'
    const own = open({ binDir: '/nowhere', cacheDir: join(folder, 'no-cache') })
    const errors = [
      await failureOf(own.inventory()),
      await failureOf(own.play(request('works.yml', ['alpha']))),
    ]
    process.env.PATH = path
    expect(errors.map(error => error.code)).to.deep.equal(['ANSIBLE_MISSING', 'ANSIBLE_MISSING'])
    expect(errors[0]?.hint).to.contain('demo/setup.sh')
  })

  async function listSecretFiles(): Promise<readonly string[]> {
    const homes = (await readdir('/dev/shm').catch(() => [])).filter(name =>
      name.startsWith(`ops-ansible-${process.pid}-`),
    )
    const inside = await Promise.all(homes.map(name => readdir(join('/dev/shm', name))))
    return inside.flat().filter(name => name.startsWith('play-'))
  }
})

/** Says how many processes of it there were. */
function killAnsible(run: string): number {
  const found = findProcesses(`OPS_RUN=${run}`).filter(({ pid }) =>
    readProcessText(pid).includes('--extra-vars'),
  )
  for (const { pid } of found) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
  return found.length
}

/** Until the time limit of the test ends it. */
async function waitUntil(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(50)
}

/** Arguments and environment of a process, as any user of the machine might see them. */
function readProcessText(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1') + readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return ''
  }
}

async function readAll(folder: string): Promise<string> {
  const names = await readdir(folder)
  return (await Promise.all(names.map(name => readFile(join(folder, name), 'utf8').catch(() => '')))).join(
    '\n',
  )
}
