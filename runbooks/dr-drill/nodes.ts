// Nodes that come back: started, joined, every copy there. Waits and starts only.
import { durationMs, OpsError, type Run } from '#sdk'
import { playStep } from './play.ts'
import { explainUnsteady, readSteady, type Steady } from './steady.ts'

const everyMs = 1000

/** `key` tells apart the start of the method and that of the way back. */
export async function startNodes(
  run: Run,
  key: string,
  hosts: readonly string[],
  service: 'elasticsearch' | 'kafka',
): Promise<void> {
  await playStep(run, {
    key: `${key}.start`,
    title: `start ${hosts.join(', ')}`,
    ...{ playbook: 'service_start.yml', hosts, vars: { ops_service: service } },
  })
}

export function waitUntilJoined(run: Run, hosts: readonly string[], stall: string): Promise<void> {
  return run.wait({
    subject: 'cluster',
    title: 'nodes join',
    everyMs,
    stallMs: durationMs(stall),
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const members = await run.elasticsearch.members()
      const missing = hosts.filter(host => !members.some(({ name }) => name === host))
      if (missing.length === 0) return { done: undefined }
      return { progress: missing.length, text: `not there yet: ${missing.join(', ')}` }
    },
    orElse: lastSeen =>
      new OpsError('NODE_NOT_BACK', {
        message: lastSeen,
        hint: 'read the logs of these nodes on their hosts',
      }),
  })
}

/** Green, everybody there, nothing moving. */
export function waitUntilSteady(run: Run, hosts: readonly string[], stall: string): Promise<Steady> {
  return run.wait({
    subject: 'cluster',
    title: 'comes to rest',
    everyMs,
    stallMs: durationMs(stall),
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const now = await readSteady(run)
      const unsteady = explainUnsteady(now, hosts)
      if (unsteady.length === 0) return { done: now }
      const { recoveredBytes, translogOps } = await run.elasticsearch.recovery()
      return { progress: [...unsteady, recoveredBytes, translogOps], text: unsteady.join('; ') }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `the cluster does not come to rest: ${lastSeen}`,
        hint: 'see why: GET _cluster/allocation/explain',
        exitCode: 1,
      }),
  })
}
