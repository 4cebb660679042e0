// What every AnsiblePort promises, run on the fake (here) and on real Ansible (test/ansible/driver.test.ts).
import { expect } from 'chai'
import type { OpsError } from '../../src/errors/index.ts'
import type { AnsibleEvent, AnsiblePort, PlayRequest } from '../../src/ports/ansible.ts'

/**
 * The world of the contract: hosts alpha and beta in group pair, gamma in group single, with variable `color: red` on
 * alpha; nowhere.invalid is in group lost and cannot be reached. Playbooks: `works.yml` changes its host and hands back
 * `{ color }`, `fails.yml` fails on alpha, `hangs.yml` never ends.
 */
export interface ContractWorld {
  readonly ansible: AnsiblePort
}

export function describeAnsibleContract(
  name: string,
  open: () => Promise<ContractWorld> | ContractWorld,
): void {
  describe(`AnsiblePort: ${name}`, () => {
    let ansible: AnsiblePort
    before(async () => {
      ansible = (await open()).ansible
    })

    const request = (playbook: string, hosts: readonly string[]): PlayRequest => ({
      playbook,
      hosts,
      vars: {},
      stallMs: 60_000,
    })

    it('lists hosts with their groups and variables', async () => {
      const { hosts, hash } = await ansible.inventory()
      expect(hosts.map(host => host.name)).to.include.members(['alpha', 'beta', 'gamma'])
      const alpha = hosts.find(host => host.name === 'alpha')
      expect(alpha?.groups).to.deep.equal(['pair'])
      expect(alpha?.vars.color).to.equal('red')
      expect(hash).to.match(/^[0-9a-f]{64}$/)
    })

    it('gives the same hash for the same content', async () => {
      expect((await ansible.inventory()).hash).to.equal((await ansible.inventory()).hash)
    })

    it('matches names, groups, lists and patterns in inventory order', async () => {
      expect(await ansible.matchHosts('beta,alpha')).to.deep.equal(['alpha', 'beta'])
      expect(await ansible.matchHosts('pair')).to.deep.equal(['alpha', 'beta'])
      expect(await ansible.matchHosts('pair:!alpha')).to.deep.equal(['beta'])
      expect(await ansible.matchHosts('g*')).to.deep.equal(['gamma'])
    })

    it('refuses a pattern that matches no host, even as a part of one that does', async () => {
      expect((await failureOf(ansible.matchHosts('delta'))).code).to.equal('NO_HOSTS_MATCHED')
      expect((await failureOf(ansible.matchHosts('alpha,detla'))).code).to.equal('NO_HOSTS_MATCHED')
      expect((await failureOf(ansible.matchHosts('pair:!apha'))).code).to.equal('NO_HOSTS_MATCHED')
    })

    it('plays on the hosts it was given and tells each outcome and result', async () => {
      const events: AnsibleEvent[] = []
      const result = await ansible.play({
        ...request('works.yml', ['alpha', 'beta']),
        onEvent: event => events.push(event),
      })
      expect(Object.fromEntries(result.outcomes)).to.deep.equal({
        alpha: { state: 'ok', changed: true },
        beta: { state: 'ok', changed: true },
      })
      expect(result.results.get('alpha')).to.deep.equal({ color: 'red' })
      expect(events.at(0)?.kind).to.equal('begin')
      expect(events.at(-1)?.kind).to.equal('end')
      expect(events.map(event => event.seq)).to.deep.equal(events.map((_, at) => at + 1))
      expect(events.filter(event => event.kind === 'host.ok').map(event => event.host)).to.include('beta')
    })

    it('plays on a host that only this play knows, by the variables of its group, and takes none of its own for a template', async () => {
      const delta = { name: 'delta', groups: ['pair'], vars: { color: '{{ 1 + 1 }}' } }
      const { outcomes, results } = await ansible.play({
        ...request('works.yml', ['delta', 'beta']),
        extraHosts: [delta],
      })
      expect(Object.fromEntries(outcomes)).to.deep.equal({
        beta: { state: 'ok', changed: true },
        delta: { state: 'ok', changed: true },
      })
      expect(results.get('delta')).to.deep.equal({ color: '{{ 1 + 1 }}' })
      expect((await failureOf(ansible.play(request('works.yml', ['delta'])))).code).to.equal(
        'NO_HOSTS_MATCHED',
      )
      expect((await ansible.inventory()).hosts.map(host => host.name)).not.to.include('delta')
    })

    it('says which task failed on which host', async () => {
      const { outcomes } = await ansible.play(request('fails.yml', ['alpha']))
      const outcome = outcomes.get('alpha')
      expect(outcome?.state).to.equal('failed')
      if (outcome?.state === 'failed') expect(outcome.message).to.contain('made to fail')
    })

    it('says which host cannot be reached', async () => {
      const { outcomes } = await ansible.play(request('works.yml', ['nowhere.invalid']))
      expect(outcomes.get('nowhere.invalid')?.state).to.equal('unreachable')
    })

    it('names a host as unknown when a play is cancelled on it', async () => {
      const abort = new AbortController()
      const { outcomes } = await ansible.play({
        ...request('hangs.yml', ['gamma']),
        signal: abort.signal,
        onEvent: event => {
          if (event.kind === 'host.started') abort.abort()
        },
      })
      expect(outcomes.get('gamma')?.state).to.equal('unknown')
    })

    it('plays what was prepared once it is told to, and never twice', async () => {
      const events: AnsibleEvent[] = []
      const play = await ansible.prepare({
        ...request('works.yml', ['alpha', 'beta']),
        onEvent: event => events.push(event),
      })
      const result = await play.go()
      expect(Object.fromEntries(result.outcomes)).to.deep.equal({
        alpha: { state: 'ok', changed: true },
        beta: { state: 'ok', changed: true },
      })
      expect(result.playbook).to.equal('works.yml')
      expect(result.results.get('alpha')).to.deep.equal({ color: 'red' })
      expect(events.at(-1)?.kind).to.equal('end')
      expect(events.map(event => event.seq)).to.deep.equal(events.map((_, at) => at + 1))
      await play.dismiss()
      expect(await play.go()).to.equal(result)
    })

    it('says of a prepared play which task failed', async () => {
      const { outcomes } = await (await ansible.prepare(request('fails.yml', ['alpha']))).go()
      const outcome = outcomes.get('alpha')
      expect(outcome?.state).to.equal('failed')
      if (outcome?.state === 'failed') expect(outcome.message).to.contain('made to fail')
    })

    it('ends a prepared play that is dismissed before it has changed anything', async () => {
      const events: AnsibleEvent[] = []
      const play = await ansible.prepare({
        ...request('works.yml', ['alpha']),
        onEvent: event => events.push(event),
      })
      await play.dismiss()
      expect(events.filter(({ changed }) => changed)).to.deep.equal([])
    })

    it('plays anew what was prepared and has ended meanwhile', async () => {
      const play = await ansible.prepare(request('works.yml', ['alpha']))
      await play.dismiss()
      const { outcomes } = await play.go()
      expect(outcomes.get('alpha')).to.deep.equal({ state: 'ok', changed: true })
    })

    it('names a host as unknown when a prepared play is cancelled on it', async () => {
      const abort = new AbortController()
      const play = await ansible.prepare({
        ...request('hangs.yml', ['gamma']),
        signal: abort.signal,
        onEvent: event => {
          if (event.kind === 'host.started') abort.abort()
        },
      })
      expect((await play.go()).outcomes.get('gamma')?.state).to.equal('unknown')
    })

    it('prepares nothing for a host that the inventory lacks, and says on the word that there is no such playbook', async () => {
      const { prepare } = ansible
      expect((await failureOf(prepare(request('works.yml', ['delta'])))).code).to.equal('NO_HOSTS_MATCHED')
      const play = await prepare(request('no_such.yml', ['alpha']))
      expect((await failureOf(play.go())).code).to.equal('ANSIBLE_FAILED')
    })

    it('refuses a host that the inventory lacks, no host at all, and a playbook that does not exist', async () => {
      const { play } = ansible
      expect((await failureOf(play(request('works.yml', ['delta'])))).code).to.equal('NO_HOSTS_MATCHED')
      expect((await failureOf(play(request('works.yml', [])))).code).to.equal('NO_HOSTS_MATCHED')
      expect((await failureOf(play(request('no_such.yml', ['alpha'])))).code).to.equal('ANSIBLE_FAILED')
    })
  })
}

export async function failureOf(promise: Promise<unknown>): Promise<OpsError> {
  return promise.then(
    () => {
      throw new Error('it did not fail')
    },
    error => error as OpsError,
  )
}
