// Policies of this checkout. Every field is optional; src/config/define.ts has all of them.
import { defineConfig } from './src/config/define.ts'

export default defineConfig({
  approvals: { minutes: 30, selfApproval: false },
  // Carried out by `ops schedule start`; docs/how-to/schedule.md. Times are UTC.
  schedules: [
    { id: 'snapshot', cron: '30 1 * * *', jitterSeconds: 300, maxAgeHours: 26, ignoresFreeze: true },
    { id: 'prune-snapshots', cron: '30 3 * * *', catchUp: 'skip', maxAgeHours: 50 },
    { id: 'verify-snapshots', cron: '0 4 * * *', maxAgeHours: 50, ignoresFreeze: true },
    // Off until its runbook is there.
    { id: 'rotate-secrets', cron: '0 9 1 * *', catchUp: 'alert', overlap: 'skip', enabled: false },
  ],
  maintenance: { windows: [], freezeDays: [] },
})
