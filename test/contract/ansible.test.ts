import { expect } from 'chai'
import { createFakeAnsible } from '../support/fake-ansible/fake-ansible.ts'
import { describeAnsibleContract, failureOf } from './ansible.contract.ts'

const createWorld = () => {
  const ansible = createFakeAnsible({
    hosts: [
      { name: 'alpha', groups: ['pair'], vars: { color: 'red' } },
      { name: 'beta', groups: ['pair'] },
      { name: 'gamma', groups: ['single'] },
      { name: 'nowhere.invalid', groups: ['lost'] },
    ],
    playbooks: {
      'works.yml': host => ({ result: { color: host.vars.color ?? null } }),
      'fails.yml': () => {
        throw new Error('made to fail')
      },
      'hangs.yml': () => new Promise(() => {}),
    },
  })
  ansible.trouble('nowhere.invalid', 'unreachable')
  return { ansible }
}

describeAnsibleContract('fake', createWorld)

describe('the fake Ansible', () => {
  it('takes the troubles that a test gives it, as often as it says', async () => {
    const { ansible } = createWorld()
    const play = () => ansible.play({ playbook: 'works.yml', hosts: ['alpha'], vars: {}, stallMs: 1 })
    ansible.trouble('alpha', 'fails', { times: 1 })
    expect((await play()).outcomes.get('alpha')?.state).to.equal('failed')
    expect((await play()).outcomes.get('alpha')?.state).to.equal('ok')
    ansible.trouble('alpha', 'lost-after', { playbook: 'works.yml' })
    expect((await play()).outcomes.get('alpha')?.state).to.equal('unknown')
    ansible.mend('alpha')
    expect((await play()).outcomes.get('alpha')?.state).to.equal('ok')
    expect(ansible.requests).to.have.length(4)
  })

  it('can be missing', async () => {
    const { ansible } = createWorld()
    ansible.missing = true
    expect((await failureOf(ansible.inventory())).code).to.equal('ANSIBLE_MISSING')
  })
})
