// What the playbooks do to the fake brokers. They keep the promises of playbooks/service_*.yml, as playbooks.ts does for
// the nodes of Elasticsearch.
import type { Clock } from '../../../src/ports/clock.ts'
import type { FakePlaybook } from '../fake-ansible/fake-ansible.ts'
import type { FakeKafka } from '../fake-kafka/fake-kafka.ts'

/** A playbook has its effect at once and takes a while to say so. */
const playMs = 700

export function playbooksOnKafka(kafka: () => FakeKafka, clock: Clock): Record<string, FakePlaybook> {
  /** Every start of a broker is another process. */
  const running = (name: string) => ({ state: 'running', pid: 1000 + kafka().starts(name) })
  return {
    'service_restart.yml': async ({ name }, _request, { part, say }) => {
      await part('service_stop.yml', async () => {
        kafka().stopBroker(name)
        await clock.sleep(playMs)
      })
      say('Say that the service has stopped')
      await part('service_start.yml', async () => {
        kafka().startBroker(name)
        await clock.sleep(playMs)
      })
      return { result: running(name) }
    },
    'service_stop.yml': async ({ name }) => {
      const changed = kafka().isRunning(name)
      kafka().stopBroker(name)
      await clock.sleep(playMs)
      return { changed, result: { state: 'stopped', pid: null } }
    },
    'service_start.yml': async ({ name }) => {
      const changed = !kafka().isRunning(name)
      if (changed) kafka().startBroker(name)
      await clock.sleep(playMs)
      return { changed, result: running(name) }
    },
    'service_status.yml': ({ name }) => ({
      changed: false,
      result: kafka().isRunning(name)
        ? running(name)
        : { state: 'stopped', pid: null, last_words: 'Shutdown broker because of its log directory' },
    }),
    'kafka_lint.yml': ({ name }) => ({
      changed: false,
      result: { errors: [], warnings: [], pid: kafka().isRunning(name) ? running(name).pid : null },
    }),
  }
}
