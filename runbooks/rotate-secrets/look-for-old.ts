// One look for whoever still uses an old secret: refused logins, consumers that went back, a principal that somebody has let in again.
import { canBeDisabled, OpsError, type Run } from '#sdk'
import { askConsumers, playStallMs } from './ask-consumers.ts'
import { fingerprintOf } from './consumers.ts'
import { needPending } from './documents.ts'
import { findForgotten, knowsNames, type Refusals, readRefusals } from './forgotten.ts'
import { isOldEnabled } from './keep-out.ts'
import type { RotateParams } from './params.ts'
import { type PlannedSecret, type RotateDetails, refusedWhileSoaking } from './plan.ts'

export interface OldSeen {
  readonly found: readonly string[]
  /** Who could not be asked, so that this look says less than it should; `null` where everybody was. */
  readonly silent: string | null
}

export async function lookForOld(
  run: Run,
  details: RotateDetails,
  sinceMs: number,
  trace: RotateParams['trace'],
): Promise<OldSeen> {
  const letIn: string[] = []
  for (const secret of details.secrets)
    if (canBeDisabled(secret.kind) && (await isOldEnabled(run, secret)) === true)
      letIn.push(`${secret.principal} was let in again by somebody`)
  const refused = await readNodes(run, details, sinceMs, trace)
  // Whoever is refused is not to wait for what can be found besides.
  const found = [...letIn, ...refused.found]
  if (found.length > 0) return { found, silent: null }
  const hosts = await orSilent(() => readHosts(run, details.secrets))
  return { found: hosts.found, silent: refused.silent ?? hosts.silent }
}

/** Who cannot be asked now may be asked later: what is away is no reason to end a soak at once. */
export async function orSilent(look: () => Promise<OldSeen>): Promise<OldSeen> {
  try {
    return await look()
  } catch (thrown) {
    if (!(thrown instanceof OpsError) || thrown.code === 'BUG') throw thrown
    return { found: [], silent: thrown.message }
  }
}

async function readNodes(
  run: Run,
  { secrets, nodes }: RotateDetails,
  sinceMs: number,
  trace: RotateParams['trace'],
): Promise<OldSeen> {
  const watched = refusedWhileSoaking(secrets)
  if (watched.length === 0 || nodes.length === 0) return { found: [], silent: null }
  const principals = watched.map(({ principal }) => principal)
  const { results } = await run.ansible.play({
    playbook: 'auth_failures.yml',
    hosts: nodes,
    vars: { ops_since_ms: sinceMs, ops_principals: principals },
    stallMs: playStallMs,
  })
  const answers = nodes.map(host => ({ host, said: readRefusals(results.get(host)) }))
  // A node that logs nobody would let a forgotten consumer pass as none; whoever has chosen that was told so.
  const isBlind = (said: Refusals | null): boolean =>
    said === null || (trace !== 'never' && !knowsNames(said.source))
  const silent = answers.filter(({ said }) => isBlind(said))
  const known = watched.flatMap(({ consumers }) => consumers.flatMap(({ address }) => address ?? []))
  const seen = answers.flatMap(({ said }): Refusals[] => (said === null ? [] : [said]))
  return {
    found: findForgotten(seen, { principals, known }),
    silent: silent.length === 0 ? null : `${silent.map(sayBlind).join(', ')} cannot say who was refused`,
  }
}

const sayBlind = ({ host, said }: { readonly host: string; readonly said: Refusals | null }): string =>
  said === null ? host : `${host} (its logs: ${said.source})`

async function readHosts(run: Run, secrets: readonly PlannedSecret[]): Promise<OldSeen> {
  const asked = secrets.flatMap(({ id, consumers }) => consumers.map(({ host }) => ({ id, host })))
  const answers = await askConsumers(run, asked)
  const found: string[] = []
  const silent: string[] = []
  for (const secret of secrets) {
    const { secret: text } = await needPending(run, secret)
    const wanted = fingerprintOf(answers.salt, text.reveal())
    for (const { host } of secret.consumers) {
      const status = answers.statusOf(secret.id, host)
      if (status === null) silent.push(host)
      else if (status.fingerprint !== wanted)
        found.push(`${host} does not use the new secret of ${secret.id}`)
    }
  }
  return { found, silent: silent.length === 0 ? null : `${silent.join(', ')} cannot be asked what it uses` }
}
