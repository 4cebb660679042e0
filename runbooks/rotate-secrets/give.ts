// Gives one host a secret by its playbook. The secret goes to Ansible in a 0600 file and comes back in no result.
import { z } from 'zod'
import { type Credential, type Json, OpsError, outcomeError, type Run } from '#sdk'
import { askConsumers, playStallMs } from './ask-consumers.ts'
import { explainNotUsing, fingerprintOf, type PlannedConsumer } from './consumers.ts'
import { isNamedByItself, type PlannedSecret } from './plan.ts'

const handedBack = z.object({
  principal: z.string().nullish(),
  restarted: z.boolean().nullish(),
  logged_in_as: z.string().nullish(),
  login_problem: z.string().nullish(),
})

/** @throws OpsError CONSUMER_FAILED and those of Ansible */
export async function giveSecret(
  run: Run,
  planned: PlannedSecret,
  { host, runs }: PlannedConsumer,
  { principal, secret }: Credential,
  version: number,
): Promise<Json> {
  const played = await run.ansible.play({
    playbook: 'rotate-secrets.yml',
    hosts: [host],
    vars: {
      ops_secret: planned.id,
      ops_secret_principal: principal,
      ops_secret_value: secret.reveal(),
      ops_secret_version: version,
      ops_run: run.id,
      ops_fencing: run.fencing,
    },
    stallMs: playStallMs,
    signal: run.signal,
  })
  if (played.outcomes.get(host)?.state !== 'ok') throw outcomeError(host, played)
  const said = handedBack.safeParse(played.results.get(host))
  if (!said.success) throw failed(host, 'its playbook has not said what it did')
  const { logged_in_as: as, login_problem: problem, restarted } = said.data
  if (typeof problem === 'string') throw failed(host, `its login as ${principal} is refused: ${problem}`)
  if (typeof as === 'string' && isNamedByItself(planned) && as !== principal)
    throw failed(host, `it logs in as ${as}, not as ${principal}`)
  return { restarted: runs && restarted === true, as: as ?? null }
}

export const failed = (host: string, why: string): OpsError =>
  new OpsError('CONSUMER_FAILED', { message: `${host}: ${why}` })

/** Why the host does not work with this one now; `null` where it does. */
export async function explainHost(
  run: Run,
  { id }: PlannedSecret,
  { host, runs }: PlannedConsumer,
  { principal, secret }: Credential,
): Promise<string | null> {
  const answers = await askConsumers(run, [{ id, host }])
  const silent = answers.problemOf(host)
  if (silent !== null) return silent
  const fingerprint = fingerprintOf(answers.salt, secret.reveal())
  return explainNotUsing(answers.statusOf(id, host), { principal, fingerprint, runs })
}

/** A step that gives the host this one, if it does not work with it already. */
export function giveStep(
  run: Run,
  secret: PlannedSecret,
  consumer: PlannedConsumer,
  options: {
    readonly key: string
    readonly title: string
    readonly version: number
    readonly credential: () => Promise<Credential>
    readonly guard?: () => Promise<void>
  },
): Promise<Json> {
  const { key, title, version, credential, guard } = options
  return run.step({
    key,
    title,
    ...(guard === undefined ? {} : { guard }),
    observe: async () => {
      const why = await explainHost(run, secret, consumer, await credential())
      return why === null ? { state: 'done', result: null } : { state: 'not-done' }
    },
    apply: async () => giveSecret(run, secret, consumer, await credential(), version),
  })
}
