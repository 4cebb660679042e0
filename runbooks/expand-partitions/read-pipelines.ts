// Asks the consumers' hosts for lines of their pipelines that speak of offsets. Reads only; a host that cannot be read is a
// reading with a problem, never an empty one.
import { z } from 'zod'
import { type Look, sayOutcome } from '#sdk'
import type { Fleet } from './consumers.ts'
import type { PipelineReading } from './pipelines.ts'

const stallMs = 120_000

const handedBack = z.object({
  glob: z.string(),
  files: z.number().int(),
  lines: z.array(z.object({ file: z.string(), text: z.string() })),
})

export async function readPipelines(
  { ansible }: Look,
  fleets: readonly Fleet[],
): Promise<readonly PipelineReading[]> {
  const hosts = fleets.flatMap(fleet => fleet.hosts)
  if (hosts.length === 0) return []
  const { outcomes, results } = await ansible.play({
    playbook: 'logstash_pipelines.yml',
    hosts,
    vars: {},
    stallMs,
  })
  return hosts.map(host => {
    const outcome = outcomes.get(host)
    const read = handedBack.safeParse(results.get(host))
    if (outcome?.state === 'ok' && read.success) return { host, ...read.data, problem: null }
    const problem = outcome?.state === 'ok' ? 'the playbook handed nothing back' : sayOutcome(outcome)
    return { host, glob: '', files: 0, lines: [], problem }
  })
}
