// Hosts that use a secret: which one is in their file, who may read that, and whether their process has taken it. Reads only. Nobody logs
// in for it: a login that is refused would be counted against a consumer that is being looked for.
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type Json, type Look, sayOutcome } from '#sdk'
import { fingerprintOf } from '../rotate-secrets/consumers.ts'
import { attempt } from './attempt.ts'
import type { KnownSecrets, SecretLook } from './look-at-secret.ts'

/** Of which of the known secrets the fingerprint is. */
export type Holds = keyof KnownSecrets | 'unknown'

export interface ConsumerFacts {
  /** The pattern where it matches no host. */
  readonly host: string
  /** Why it has said nothing; `null` where it has. */
  readonly problem: string | null
  readonly status: ConsumerStatus | null
  /** `null`: it has none, or there is nothing to compare it with. */
  readonly holds: Holds | null
}

const statusShape = z.object({
  there: z.boolean(),
  principal: z.string().nullish(),
  fingerprint: z.string().nullish(),
  file_mode: z.string().nullish(),
  file_owner: z.string().nullish(),
  plain_text_elsewhere: z.array(z.string()).nullish(),
  search_incomplete: z.boolean().nullish(),
  running_since: z.string().nullish(),
  stale: z.boolean().nullish(),
})

type Raw = z.infer<typeof statusShape>
export type ConsumerStatus = Omit<Raw, 'fingerprint'>

interface Asked {
  readonly id: string
  readonly host: string
}

type Answer = { readonly raw: Raw; readonly problem: null } | { readonly raw: null; readonly problem: string }

const stallMs = 120_000

export async function lookAtConsumers(
  look: Pick<Look, 'ansible'>,
  secrets: readonly SecretLook[],
): Promise<ReadonlyMap<string, readonly ConsumerFacts[]>> {
  const { asked, lost } = await matchConsumers(look, secrets)
  // Made anew each time, so that nobody can compare the fingerprints of two days.
  const salt = randomBytes(8).toString('hex')
  const answers = await askHosts(look, asked, salt)
  const found = new Map<string, ConsumerFacts[]>()
  for (const { facts, known } of secrets) {
    const id = facts.secret.id
    const hosts = asked.filter(one => one.id === id).map(({ host }) => host)
    const answered = hosts.map(host => toFacts(host, answers.get(`${id} ${host}`), known, salt))
    found.set(id, [...answered, ...lost.filter(one => one.id === id)])
  }
  return found
}

async function matchConsumers({ ansible }: Pick<Look, 'ansible'>, secrets: readonly SecretLook[]) {
  const asked: Asked[] = []
  const lost: (ConsumerFacts & { readonly id: string })[] = []
  for (const { secret } of secrets.map(({ facts }) => facts)) {
    for (const { hosts: pattern } of secret.consumers) {
      const { value, problem } = await attempt(() => ansible.matchHosts(pattern))
      if (value === null)
        lost.push({ id: secret.id, host: pattern, problem: problem.message, status: null, holds: null })
      for (const host of value ?? [])
        if (!asked.some(one => one.id === secret.id && one.host === host)) asked.push({ id: secret.id, host })
    }
  }
  return { asked, lost }
}

/** Hosts that are asked about the same secrets, for one play each. */
export function groupByQuestion(
  asked: readonly { readonly id: string; readonly host: string }[],
): readonly { readonly hosts: readonly string[]; readonly ids: readonly string[] }[] {
  const idsOf = new Map<string, string[]>()
  for (const { id, host } of asked) idsOf.set(host, [...(idsOf.get(host) ?? []), id])
  const groups = Map.groupBy(idsOf, ([, ids]) => ids.join())
  return [...groups.values()].map(ones => ({ hosts: ones.map(([host]) => host), ids: ones[0]?.[1] ?? [] }))
}

async function askHosts(
  look: Pick<Look, 'ansible'>,
  asked: readonly Asked[],
  salt: string,
): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>()
  const ask = async (hosts: readonly string[], ids: readonly string[]): Promise<void> => {
    const vars = { ops_secrets: [...ids], ops_salt: salt, ops_login: false }
    const played = await attempt(() =>
      look.ansible.play({ playbook: 'secret_status.yml', hosts, vars, stallMs }),
    )
    const silent: string[] = []
    for (const host of hosts) {
      const outcome = played.value?.outcomes.get(host)
      if (outcome?.state === 'failed' && ids.length > 1) silent.push(host)
      const problem = played.problem?.message ?? (outcome?.state === 'ok' ? null : sayOutcome(outcome))
      for (const id of ids)
        answers.set(`${id} ${host}`, readAnswer(played.value?.results.get(host), id, problem))
    }
    // An entry that is wrong is to hide none of the others.
    for (const id of ids) if (silent.length > 0) await ask(silent, [id])
  }
  for (const { hosts, ids } of groupByQuestion(asked)) await ask(hosts, ids)
  return answers
}

function readAnswer(result: Json | undefined, id: string, problem: string | null): Answer {
  if (problem !== null) return { raw: null, problem }
  const all = z.record(z.string(), z.unknown()).safeParse(result)
  if (all.success && all.data[id] === undefined)
    return { raw: null, problem: 'the inventory does not say how it takes the secret (secret_consumers)' }
  const parsed = statusShape.safeParse(all.success ? all.data[id] : undefined)
  return parsed.success
    ? { raw: parsed.data, problem: null }
    : { raw: null, problem: 'its answer makes no sense' }
}

function toFacts(host: string, answer: Answer | undefined, known: KnownSecrets, salt: string): ConsumerFacts {
  if (!answer?.raw) return { host, problem: answer?.problem ?? 'it was not asked', status: null, holds: null }
  const { fingerprint, ...status } = answer.raw
  return { host, problem: null, status, holds: decideHolds(fingerprint ?? null, known, salt) }
}

export function decideHolds(fingerprint: string | null, known: KnownSecrets, salt: string): Holds | null {
  if (fingerprint === null || known.current === null) return null
  const matches = (['current', 'staged', 'previous'] as const).find(name => {
    const secret = known[name]
    return secret !== null && fingerprintOf(salt, secret.reveal()) === fingerprint
  })
  return matches ?? 'unknown'
}
