// What is on every host before anything is done: which systems were ever set up there, and which of them run. Reads only.
import { z } from 'zod'
import { type HostOutcome, type Look, sayOutcome } from '#sdk'

const answer = z.object({
  /** By system: its config is there; its data directory holds something; its service runs. */
  systems: z.record(
    z.string(),
    z.object({ configured: z.boolean(), data: z.boolean(), running: z.boolean() }),
  ),
})

export interface HostState {
  readonly host: string
  /** Why nothing is known of it. */
  readonly problem: string | null
  readonly systems: z.infer<typeof answer>['systems']
}

const stallMs = 60_000

export async function readHostStates(look: Look, hosts: readonly string[]): Promise<readonly HostState[]> {
  const { outcomes, results } = await look.ansible.play({
    playbook: 'host_state.yml',
    hosts,
    vars: {},
    stallMs,
  })
  return hosts.map(host => {
    const found = answer.safeParse(results.get(host))
    if (found.success) return { host, problem: null, systems: found.data.systems }
    return { host, problem: explain(outcomes.get(host)), systems: {} }
  })
}

const explain = (outcome: HostOutcome | undefined): string =>
  outcome?.state === 'ok' ? 'it did not say what is on it' : sayOutcome(outcome)

export const isConfigured = ({ systems }: HostState, system: string): boolean =>
  systems[system]?.configured === true
