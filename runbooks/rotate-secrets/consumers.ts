// Hosts that use a secret: who they are by ops.config.ts and the inventory, and what they say of themselves. Pure.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ConsumerProof, InventoryHost, Json } from '#sdk'

export type PlannedConsumer = {
  readonly host: string
  /** Of the service that uses it, as the inventory has it; for what counts its events. */
  readonly service: string
  readonly verify: ConsumerProof
  /** It has a process that must have begun after its file was written. */
  readonly runs: boolean
  /** Its own login can be tried. */
  readonly hasLogin: boolean
  /** As the servers see it; `null` where the inventory does not say. */
  readonly address: string | null
}

const entry = z.object({
  service: z.string().optional(),
  apply: z.enum(['restart', 'reload', 'none']).default('restart'),
  login_url: z.string().nullish(),
})

/** How the host takes the secret; `null`: its inventory has no entry for it. */
export function readEntry(
  { vars }: InventoryHost,
  id: string,
): { readonly service: string; readonly runs: boolean; readonly hasLogin: boolean } | null {
  const entries = z.record(z.string(), z.unknown()).safeParse(vars.secret_consumers)
  const parsed = entry.safeParse(entries.success ? entries.data[id] : undefined)
  if (!parsed.success) return null
  return {
    service: parsed.data.service ?? 'logstash',
    runs: parsed.data.apply !== 'none',
    hasLogin: (parsed.data.login_url ?? '') !== '',
  }
}

export const addressOf = ({ vars }: InventoryHost): string | null =>
  typeof vars.ansible_host === 'string' ? vars.ansible_host : null

/** What `secret_status.yml` hands back of one secret. */
const handedBack = z.object({
  there: z.boolean(),
  principal: z.string().nullish(),
  fingerprint: z.string().nullish(),
  plain_text_elsewhere: z.array(z.string()).nullish(),
  search_incomplete: z.boolean().nullish(),
  login: z.object({ as: z.string().nullish(), problem: z.string().nullish() }).nullish(),
  running_since: z.string().nullish(),
  file_changed_at: z.string().nullish(),
  stale: z.boolean().nullish(),
})

export interface ConsumerStatus {
  readonly there: boolean
  readonly principal: string | null
  readonly fingerprint: string | null
  /** Why its own login is refused; `null` where it is let in, or cannot be tried. */
  readonly loginProblem: string | null
  /** Its process has begun before its file was written. */
  readonly stale: boolean
  readonly running: boolean
  /** Not the environment of its process: that gets the new one when it is restarted. */
  readonly elsewhere: readonly string[]
  /** There were more or larger files than it may search. */
  readonly searchedInPart: boolean
}

/** The environment of a process is open to its owner alone, as its file is, and gets the new one with a restart; a command line is not. */
export const isOpenPlace = (where: string): boolean => !where.startsWith('environment of ')

export function readStatus(result: Json | undefined, id: string): ConsumerStatus | null {
  const all = z.record(z.string(), z.unknown()).safeParse(result)
  const parsed = handedBack.safeParse(all.success ? all.data[id] : undefined)
  if (!parsed.success) return null
  const { there, principal, fingerprint, login, stale, plain_text_elsewhere, search_incomplete } = parsed.data
  const { running_since: since, file_changed_at: changed } = parsed.data
  return {
    there,
    principal: principal ?? null,
    fingerprint: fingerprint ?? null,
    loginProblem: login?.problem ?? null,
    stale: stale ?? Date.parse(since ?? '') < Date.parse(changed ?? ''),
    running: typeof since === 'string',
    elsewhere: (plain_text_elsewhere ?? []).filter(isOpenPlace),
    searchedInPart: search_incomplete ?? false,
  }
}

/** What tells whether two have the same secret, and nothing else; the hosts' own module makes the same. */
export const fingerprintOf = (salt: string, secret: string): string =>
  createHash('sha256').update(`${salt}:${secret}`).digest('hex').slice(0, 16)

/** Why a host does not work with a credential; `null` where it does. */
export function explainNotUsing(
  status: ConsumerStatus | null,
  wanted: { readonly principal: string; readonly fingerprint: string; readonly runs: boolean },
): string | null {
  if (status === null) return 'it has not said what it uses'
  if (!status.there) return 'it has no secret'
  if (status.fingerprint !== wanted.fingerprint)
    return `it uses ${status.principal ?? 'nobody'}${status.principal === wanted.principal ? ' with another secret' : `, not ${wanted.principal}`}`
  if (wanted.runs && !status.running) return 'its service does not run'
  if (wanted.runs && status.stale) return 'its process is older than its file'
  return status.loginProblem === null ? null : `its login is refused: ${status.loginProblem}`
}
