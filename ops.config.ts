// Policies of this checkout. Every field is optional; src/config/define.ts has all of them.
import { defineConfig } from './src/config/define.ts'

export default defineConfig({
  approvals: { minutes: 30, selfApproval: false },
  // Carried out by `ops schedule start`; docs/how-to/schedule.md. Times are UTC.
  schedules: [
    { id: 'snapshot', cron: '30 1 * * *', jitterSeconds: 300, maxAgeHours: 26, ignoresFreeze: true },
    { id: 'prune-snapshots', cron: '30 3 * * *', catchUp: 'skip', maxAgeHours: 50 },
    { id: 'verify-snapshots', cron: '0 4 * * *', maxAgeHours: 50, ignoresFreeze: true },
    { id: 'audit-secrets', cron: '0 6 * * *', maxAgeHours: 50, ignoresFreeze: true },
    // In working hours: it ends as waiting, and raises an alarm, until another person has approved the revokes. audit-secrets watches ages.
    { id: 'rotate-secrets', cron: '0 9 1 * *', catchUp: 'alert', overlap: 'skip' },
  ],
  maintenance: { windows: [], freezeDays: [] },
  // How each host takes its secrets is in the inventory: secret_consumers.
  secrets: [
    {
      id: 'logstash-writer',
      kind: 'elasticsearch-user',
      path: 'secret/elk/logstash',
      principals: ['logstash_a', 'logstash_b'],
      consumers: [{ hosts: 'logstash', verify: 'events' }],
    },
    {
      id: 'kafka-logstash',
      kind: 'kafka-scram',
      path: 'secret/elk/kafka-logstash',
      principals: ['logstash_a', 'logstash_b'],
      consumers: [{ hosts: 'logstash', verify: 'events' }],
    },
    {
      // The other way is a token of elastic/kibana, which has no gap: kind elasticsearch-service-token.
      id: 'kibana-system',
      kind: 'elasticsearch-reserved-user',
      path: 'secret/kibana',
      principals: ['kibana_system'],
      consumers: [{ hosts: 'kibana', verify: 'login' }],
      gapAccepted: true,
    },
    {
      // For emergencies: people read it from Vault, and nothing runs with it.
      id: 'elastic',
      kind: 'elasticsearch-reserved-user',
      path: 'secret/elk/elastic',
      principals: ['elastic'],
      gapAccepted: true,
      rotateAfterDays: 90,
    },
  ],
})
