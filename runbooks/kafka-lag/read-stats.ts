// Asks the consumers' hosts whether their service runs and what it counts. Reads only; a host that does not answer is known as one
// that does not.
import type { Look } from '#sdk'
import type { Fleet } from '../expand-partitions/consumers.ts'
import { handedBack, type InstanceStats, type Stats } from './stats.ts'

const stallMs = 60_000

/** The second time with what was read the first time. */
export async function readStats(
  look: Look,
  fleets: readonly Fleet[],
  before: readonly InstanceStats[] | null,
): Promise<readonly InstanceStats[]> {
  const read: InstanceStats[] = []
  for (const { service, hosts } of fleets) {
    const vars = { ops_service: service }
    const [status, stats] = [
      await look.ansible.play({ playbook: 'service_status.yml', hosts, vars, stallMs }),
      await look.ansible.play({ playbook: 'logstash_stats.yml', hosts, vars, stallMs }),
    ]
    for (const host of hosts) {
      const now = readOne(stats.results.get(host))
      const earlier = before?.find(one => one.host === host)
      read.push({
        host,
        running: isRunning(status.results.get(host)),
        first: earlier?.first ?? now,
        last: now,
        seconds: (look.clock.monotonicMs() - startOf(earlier, look)) / 1000,
        readMs: earlier?.readMs ?? look.clock.monotonicMs(),
      })
    }
  }
  return read
}

const startOf = (earlier: InstanceStats | undefined, { clock }: Look): number =>
  earlier?.readMs ?? clock.monotonicMs()

function readOne(result: unknown): Stats | null {
  const parsed = handedBack.safeParse(result)
  return parsed.success ? parsed.data : null
}

/** What cannot be asked is not known to be down. */
const isRunning = (result: unknown): boolean | null =>
  typeof result === 'object' && result !== null && 'state' in result ? result.state === 'running' : null
