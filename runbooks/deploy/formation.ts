// What a cluster has to reach while it is made: asked on the hosts themselves, since there is no user of ours in it yet.
import { z } from 'zod'
import { durationMs, OpsError, type Run } from '#sdk'
import type { DeployParams } from './params.ts'

/** A node that has no master gives no health. */
const elasticsearchAnswer = z.object({
  nodes: z.number(),
  status: z.string().nullable(),
  problem: z.string().nullable(),
})
const kafkaAnswer = z.object({
  leader: z.number().nullable(),
  voters: z.number(),
  problem: z.string().nullable(),
})

const everyMs = 2000
const playStallMs = 60_000

/** A master is elected and so many nodes have joined; with `green` also every copy is there. */
export function waitForNodes(
  run: Run,
  host: string,
  { nodes, green, giveUp }: { nodes: number; green: boolean; giveUp: DeployParams['giveUp'] },
): Promise<void> {
  return run.wait({
    subject: 'elasticsearch',
    title: green ? 'every copy of every shard' : `${nodes} nodes under one master`,
    everyMs,
    stallMs: durationMs(giveUp),
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const seen = elasticsearchAnswer.safeParse(await ask(run, host, 'elasticsearch_status.yml'))
      if (!seen.success) return { progress: null, text: 'no answer yet' }
      const { nodes: joined, status, problem } = seen.data
      if (joined >= nodes && (!green || status === 'green')) return { done: undefined }
      return {
        progress: [joined, status],
        text: problem ?? `${joined} of ${nodes} nodes, ${status ?? 'no master'}`,
      }
    },
    orElse: lastSeen => stalled(run, 'elasticsearch', host, lastSeen),
  })
}

/** The controllers have a leader, so that a majority of them stands. */
export function waitForControllers(
  run: Run,
  host: string,
  { voters, giveUp }: { voters: number; giveUp: DeployParams['giveUp'] },
): Promise<void> {
  return run.wait({
    subject: 'kafka',
    title: `${voters} controllers under one leader`,
    everyMs,
    stallMs: durationMs(giveUp),
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const seen = kafkaAnswer.safeParse(await ask(run, host, 'kafka_status.yml'))
      if (!seen.success) return { progress: null, text: 'no answer yet' }
      const { leader, voters: found, problem } = seen.data
      if (leader !== null && found >= voters) return { done: undefined }
      return { progress: [leader, found], text: problem ?? `${found} of ${voters} controllers` }
    },
    orElse: lastSeen => stalled(run, 'kafka', host, lastSeen),
  })
}

async function ask(run: Run, host: string, playbook: string): Promise<unknown> {
  const { results } = await run.ansible.play({
    playbook,
    hosts: [host],
    vars: {},
    stallMs: playStallMs,
    signal: run.signal,
  })
  return results.get(host)
}

const stalled = (run: Run, system: string, host: string, lastSeen: string): OpsError =>
  new OpsError('STALLED', {
    message: `${system} does not come together: ${lastSeen}`,
    hint: `read its log on ${host}, mend it, then: ops resume ${run.id}`,
  })
