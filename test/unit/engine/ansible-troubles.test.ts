// Playbooks that fail half way, reach nobody or never say what happened.
import { expect } from 'chai'
import { expectClean, expectEachRestartedOnce, startRestart } from '../../support/fake-world/restart.ts'
import { beginTrouble, failureOf, mendAndResume } from '../../support/fake-world/trouble.ts'

describe('Ansible', () => {
  it('that loses its answer after the stop is not asked to stop again', async () => {
    const { world, before } = beginTrouble(({ ansible }) =>
      ansible.trouble('es-data03', 'lost-after', { playbook: 'service_stop.yml', times: 1 }),
    )
    expect(await startRestart(world.begin())).to.include({ outcome: 'succeeded' })
    const stops = world.ansible.requests.filter(
      ({ playbook, hosts }) => playbook === 'service_restart.yml' && hosts[0] === 'es-data03',
    )
    expect(stops).to.have.lengthOf(1)
    expectEachRestartedOnce(world)
    expectClean(world, before)
  })

  it('that dies before the stop ends the run with nothing done to the node', async () => {
    const { world, before } = beginTrouble(({ ansible }) =>
      ansible.trouble('es-data03', 'lost-before', { playbook: 'service_stop.yml', times: 1 }),
    )
    const error = failureOf(await startRestart(world.begin()))
    expect(error.code).to.equal('ANSIBLE_UNKNOWN')
    expect(world.cluster.starts('es-data03')).to.equal(0)
    await mendAndResume(world, before)
    expectEachRestartedOnce(world)
  })

  for (const [trouble, code] of [
    ['fails', 'ANSIBLE_FAILED'],
    ['unreachable', 'ANSIBLE_UNREACHABLE'],
  ] as const) {
    it(`that cannot stop a node (${trouble}) ends the run; the node stays up, nothing is left`, async () => {
      const { world, before } = beginTrouble(({ ansible }) =>
        ansible.trouble('es-data03', trouble, { playbook: 'service_stop.yml' }),
      )
      const end = await startRestart(world.begin())
      expect(end).to.include({ outcome: 'failed', exitCode: 1 })
      expect(failureOf(end).code).to.equal(code)
      expectClean(world, before)
      world.ansible.mend('es-data03')
      await mendAndResume(world, before)
      expectEachRestartedOnce(world)
    })

    it(`that cannot start a node (${trouble}) says that it is down; a resume starts it`, async () => {
      const { world, before } = beginTrouble(({ ansible }) =>
        ansible.trouble('es-data03', trouble, { playbook: 'service_start.yml' }),
      )
      const error = failureOf(await startRestart(world.begin()))
      expect(error).to.include({ code: 'NODE_NOT_BACK', exitCode: 4 })
      world.ansible.mend('es-data03')
      await mendAndResume(world, before)
      expectEachRestartedOnce(world)
    })
  }

  it('whose host boots again after the stop is waited for', async () => {
    const { world } = beginTrouble(({ ansible }) => {
      ansible.trouble('es-data03', 'unreachable', { playbook: 'service_start.yml', times: 1 })
      ansible.trouble('es-data03', 'unreachable', { playbook: 'service_status.yml', times: 30 })
    })
    expect(await startRestart(world.begin())).to.include({ outcome: 'succeeded' })
    expectEachRestartedOnce(world)
  })

  it('whose host stays away after the stop says so when it gives up', async () => {
    const { world, before } = beginTrouble(({ ansible }) => {
      ansible.trouble('es-data03', 'unreachable', { playbook: 'service_start.yml' })
      ansible.trouble('es-data03', 'unreachable', { playbook: 'service_status.yml' })
    })
    const { code, message } = failureOf(await startRestart(world.begin()))
    expect(code).to.equal('NODE_NOT_BACK')
    expect(message).to.match(
      /es-data03 is away, and nobody knows whether it runs: Ansible cannot reach es-data03/,
    )
    world.ansible.mend('es-data03')
    await mendAndResume(world, before)
    expectEachRestartedOnce(world)
  })

  it('that fails to start a node once is asked again', async () => {
    const { world } = beginTrouble(({ ansible }) =>
      ansible.trouble('es-data03', 'fails', { playbook: 'service_start.yml', times: 1 }),
    )
    expect(await startRestart(world.begin())).to.include({ outcome: 'succeeded' })
    expectEachRestartedOnce(world)
  })
})
