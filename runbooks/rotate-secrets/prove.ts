// TESTED: the new secret is let in at every endpoint, and may do what the old one may, before any consumer has it.
import { type Credential, OpsError, type Run } from '#sdk'
import { needPending } from './documents.ts'
import { isNamedByItself, namesOf, type PlannedSecret, systemOf } from './plan.ts'

const everyMs = 1000
const stallMs = 60_000

export async function testNew(run: Run, secret: PlannedSecret, principal: string): Promise<void> {
  const { id } = secret
  if (namesOf(secret) !== 'one') await run.safePoint()
  await run.step({
    key: `${id}.test`,
    title: `log in as ${principal} everywhere, and prove what it may do`,
    // Nothing stays of it: a process that died in it tests again.
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      const credential = await needPending(run, secret)
      const endpoints = await waitUntilLetIn(run, secret, credential)
      const problems = await run.credentials.prove(systemOf(secret), credential, secret.principal)
      if (problems.length === 0) return { endpoints }
      throw new OpsError('STEP_FAILED', {
        message: `the new secret of ${id} is not as good as the old one: ${problems.join('; ')}`,
        hint: keepsItsRights(secret)
          ? `mend what it is made with (ops needs run_as of the key's user), then: ops abort ${run.id}, and rotate anew: this one stays as it was made`
          : `mend it, then: ops resume ${run.id} · or: ops abort ${run.id}`,
      })
    },
  })
}

/** An API key may for ever do what whoever made it might at that moment. */
const keepsItsRights = ({ kind }: PlannedSecret): boolean => kind === 'elasticsearch-api-key'

/** @returns how many endpoints have let it in: all of them */
export function waitUntilLetIn(run: Run, secret: PlannedSecret, credential: Credential): Promise<number> {
  return run.wait({
    subject: secret.id,
    title: `is let in as ${credential.principal}`,
    everyMs,
    stallMs,
    ceilingMs: stallMs * 10,
    poll: async () => {
      const answers = await run.credentials.logIn(systemOf(secret), credential)
      const isIn = (as: string | null): boolean =>
        isNamedByItself(secret) ? as === credential.principal : as !== null
      const out = answers.filter(({ as }) => !isIn(as))
      if (answers.length > 0 && out.length === 0) return { done: answers.length }
      return {
        progress: out.map(({ endpoint }) => endpoint),
        text:
          out
            .map(({ endpoint, as, problem }) => `${endpoint}: ${problem ?? `it is let in as ${as}`}`)
            .join('; ') || 'nobody was asked',
      }
    },
    orElse: lastSeen =>
      new OpsError('STEP_FAILED', {
        message: `the secret of ${credential.principal} is not let in everywhere: ${lastSeen}`,
        hint: `mend that endpoint, then: ops resume ${run.id} · or: ops abort ${run.id}`,
      }),
  })
}

/** Every endpoint itself refuses it. */
export function waitUntilRefused(run: Run, secret: PlannedSecret, credential: Credential): Promise<number> {
  return run.wait({
    subject: secret.id,
    title: `is refused as ${credential.principal}`,
    everyMs,
    stallMs,
    ceilingMs: stallMs * 10,
    poll: async () => {
      const answers = await run.credentials.logIn(systemOf(secret), credential)
      const others = answers.filter(({ refused }) => !refused)
      if (answers.length > 0 && others.length === 0) return { done: answers.length }
      return {
        progress: others.map(({ endpoint }) => endpoint),
        text: others.map(({ endpoint, problem }) => `${endpoint}: ${problem ?? 'it is let in'}`).join('; '),
      }
    },
    orElse: lastSeen =>
      new OpsError('STEP_FAILED', {
        message: `the old secret of ${secret.id} is not refused everywhere: ${lastSeen}`,
        hint: `see why, then: ops resume ${run.id}`,
      }),
  })
}
