// Watches a host that has just been given a secret until it has worked with it for a while. Reads only.
import { type Credential, type Run, toOpsError } from '#sdk'
import { playStallMs } from './ask-consumers.ts'
import type { PlannedConsumer } from './consumers.ts'
import { explainHost, failed } from './give.ts'
import type { PlannedSecret } from './plan.ts'
import {
  type Before,
  explainSlower,
  type Reading,
  rateBetween,
  readReading,
  wasStarted,
} from './throughput.ts'

/** Between two looks at events, and for how long they are counted before anything is changed. */
const everyMs = 5000
const countedMs = 10_000

/** What it delivers now; `null` where that is not how it is verified, or it has not said. */
export async function measureBefore(run: Run, consumer: PlannedConsumer): Promise<Before | null> {
  if (consumer.verify !== 'events') return null
  const first = await readEvents(run, consumer)
  await run.clock.sleep(countedMs, run.signal)
  return rateBetween(first, await readEvents(run, consumer))
}

/** Why it does not work as it should, when it was given the time; `null` where it does. */
export async function watchConsumer(
  run: Run,
  secret: PlannedSecret,
  consumer: PlannedConsumer,
  credential: Credential,
  { before, watchMs, giveUpMs }: { before: Before | null; watchMs: number; giveUpMs: number },
): Promise<string | null> {
  try {
    if (before !== null) await waitForEvents(run, consumer, before, watchMs, giveUpMs)
    await waitForStatus(run, secret, consumer, credential, before === null ? watchMs : 0, giveUpMs)
    return null
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (code !== 'CONSUMER_FAILED') throw thrown
    return message
  }
}

function waitForEvents(
  run: Run,
  consumer: PlannedConsumer,
  before: Before,
  watchMs: number,
  giveUpMs: number,
): Promise<void> {
  const { host } = consumer
  let first: Reading | null = null
  return run.wait({
    subject: host,
    title: 'delivers as before',
    everyMs: Math.max(500, Math.min(everyMs, watchMs / 2)),
    stallMs: giveUpMs + watchMs,
    ceilingMs: 3 * (giveUpMs + watchMs),
    interruptible: true,
    poll: async () => {
      const now = await readEvents(run, consumer)
      if (now === null) return { progress: 'silent', text: 'it does not say what it delivers' }
      if (first === null || wasStarted(first, now)) first = now
      if (now.atMs - first.atMs < watchMs) return { progress: 'watched', text: 'it is being watched' }
      const why = explainSlower(before, first, now)
      if (why === null) return { done: undefined }
      first = now
      return { progress: 'slower', text: why }
    },
    orElse: lastSeen => failed(host, `it does not deliver as before: ${lastSeen}`),
  })
}

async function readEvents(run: Run, { host, service }: PlannedConsumer): Promise<Reading | null> {
  const vars = { ops_service: service }
  const request = { playbook: 'logstash_stats.yml', hosts: [host], vars, stallMs: playStallMs }
  const { results } = await run.ansible.play(request)
  return readReading(results.get(host), run.clock.monotonicMs())
}

function waitForStatus(
  run: Run,
  secret: PlannedSecret,
  consumer: PlannedConsumer,
  credential: Credential,
  watchMs: number,
  giveUpMs: number,
): Promise<void> {
  const { host } = consumer
  const beganMs = run.clock.monotonicMs()
  return run.wait({
    subject: host,
    title: `works as ${credential.principal}`,
    everyMs: Math.max(1000, watchMs / 3),
    stallMs: giveUpMs + watchMs,
    ceilingMs: 3 * (giveUpMs + watchMs),
    interruptible: true,
    poll: async () => {
      const why = await explainHost(run, secret, consumer, credential)
      if (why !== null) return { progress: why, text: why }
      if (run.clock.monotonicMs() - beganMs >= watchMs) return { done: undefined }
      return { progress: 'well', text: 'it is being watched' }
    },
    orElse: lastSeen => failed(host, lastSeen),
  })
}
