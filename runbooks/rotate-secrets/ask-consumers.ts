// Asks the hosts what they use. Reads only; the salt is new each time, so that nobody can compare fingerprints of two days.
import { randomBytes } from 'node:crypto'
import { type HostOutcome, type Look, sayOutcome } from '#sdk'
import { type ConsumerStatus, readStatus } from './consumers.ts'

export const playStallMs = 300_000

export interface Answers {
  readonly salt: string
  /** `null`: it has said nothing. */
  statusOf(id: string, host: string): ConsumerStatus | null
  /** Why a host has said nothing; `null` where it has. */
  problemOf(host: string): string | null
}

export async function askConsumers(
  look: Pick<Look, 'ansible'>,
  asked: readonly { readonly id: string; readonly host: string }[],
): Promise<Answers> {
  const salt = randomBytes(8).toString('hex')
  const statuses = new Map<string, ConsumerStatus | null>()
  const outcomes = new Map<string, HostOutcome | undefined>()
  const hosts = [...new Set(asked.map(({ host }) => host))]
  if (hosts.length > 0) {
    // Of a list each host answers for what it has.
    const vars = { ops_secrets: [...new Set(asked.map(({ id }) => id))], ops_salt: salt }
    const request = { playbook: 'secret_status.yml', hosts, vars, stallMs: playStallMs }
    const played = await look.ansible.play(request)
    for (const host of hosts) outcomes.set(host, played.outcomes.get(host))
    for (const { id, host } of asked) statuses.set(`${id} ${host}`, readStatus(played.results.get(host), id))
  }
  return {
    salt,
    statusOf: (id, host) => statuses.get(`${id} ${host}`) ?? null,
    problemOf: host => {
      const outcome = outcomes.get(host)
      return outcome?.state === 'ok' ? null : sayOutcome(outcome)
    },
  }
}
