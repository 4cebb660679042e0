// What the playbooks do to the fake cluster. They keep the promises of playbooks/service_*.yml: a start that finds the
// service running changes nothing, and a play goes on when the process of `ops` that began it is dead.
import type { Clock } from '../../../src/ports/clock.ts'
import type { FakePlaybook } from '../fake-ansible/fake-ansible.ts'
import type { FakeCluster } from '../fake-cluster/fake-cluster.ts'

/** A playbook has its effect at once and takes a while to say so. */
const playMs = 700

export function playbooksOn(cluster: FakeCluster, clock: Clock): Record<string, FakePlaybook> {
  return {
    'service_restart.yml': async ({ name }, _request, { part, say }) => {
      await part('service_stop.yml', async () => {
        cluster.stopNode(name)
        await clock.sleep(playMs)
      })
      say('Say that the service has stopped')
      await part('service_start.yml', async () => {
        cluster.startNode(name)
        await clock.sleep(playMs)
      })
      return { result: { state: 'running' } }
    },
    'service_stop.yml': async ({ name }) => {
      const changed = cluster.isRunning(name)
      cluster.stopNode(name)
      await clock.sleep(playMs)
      return { changed, result: { state: 'stopped' } }
    },
    'service_start.yml': async ({ name }) => {
      const changed = !cluster.isRunning(name)
      cluster.startNode(name)
      await clock.sleep(playMs)
      return { changed, result: { state: 'running' } }
    },
    'service_status.yml': ({ name }) => ({
      changed: false,
      result: cluster.isRunning(name)
        ? { state: 'running', last_words: '' }
        : { state: 'stopped', last_words: 'bootstrap check failure [1] of [1]' },
    }),
    'config_lint.yml': () => ({ changed: false, result: { errors: [], warnings: [] } }),
  }
}
