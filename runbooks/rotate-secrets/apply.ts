// The whole rotation: at every moment each consumer's own secret works, and until the old one is revoked everything can be taken back.
import { canBeDisabled, OpsError, type Run } from '#sdk'
import { checkCluster } from '../snapshot/check-cluster.ts'
import { endOld } from './end-old.ts'
import { checkKeptOut, setOldEnabled } from './keep-out.ts'
import { makeNew } from './make.ts'
import type { RotateParams } from './params.ts'
import type { PlannedSecret, RotateDetails } from './plan.ts'
import { promote } from './promote.ts'
import { testNew } from './prove.ts'
import { type Stage, sayStand } from './say-stand.ts'
import { soak } from './soak.ts'
import { Stopwatch } from './stopwatch.ts'
import { switchConsumers } from './switch.ts'

/** Errors that say everything that a person needs already. */
const complete = ['NEEDS_APPROVAL', 'CONSUMER_FORGOTTEN', 'BUG', 'CLUSTER_OTHER']

/**
 * 1. One secret after the other: staged in Vault, made in its system, tested at every endpoint, given to one consumer after the other, and
 *    written to its document.
 * 2. All old ones are kept out where that can be, and for the soak it is watched whether anybody is refused.
 * 3. One after the other is revoked, when another person has said so.
 */
export async function applyRotation(run: Run, details: RotateDetails, params: RotateParams): Promise<void> {
  await run.safePoint()
  const watch = new Stopwatch(run.clock)
  const stands = new Map<string, string>()
  try {
    if (details.clusterUuid !== null) await checkCluster(run, details.clusterUuid)
    await rotateAll(run, details, params, watch, stands)
  } catch (thrown) {
    throw explain(run, thrown, stands)
  }
  if (details.secrets.length === 0) return
  await run.mark(`time.${run.fencing}`, 'remark', { text: `this process: ${watch.say()}` })
}

async function rotateAll(
  run: Run,
  details: RotateDetails,
  params: RotateParams,
  watch: Stopwatch,
  stands: Map<string, string>,
): Promise<void> {
  const { secrets } = details
  const versions = new Map<string, number>()
  const stand = (secret: PlannedSecret) => (at: Stage) => void stands.set(secret.id, sayStand(secret, at))
  const end = async (secret: PlannedSecret): Promise<void> => {
    stand(secret)('kept-out')
    const onRevoked = () => stand(secret)('revoked')
    // After a leak the old one ends, whoever still needs it.
    const guard = async () => (params.leaked ? undefined : checkKeptOut(run, secret))
    await endOld(run, secret, { guard, onRevoked })
    stand(secret)('rotated')
  }
  for (const secret of secrets) {
    stand(secret)('begun')
    const version = versions.get(secret.path) ?? secret.version
    versions.set(secret.path, await rotateOne(run, secret, params, version, watch, stand(secret)))
    stand(secret)('given')
    if (!params.leaked) continue
    await run.safePoint()
    await setOldEnabled(run, secret, `${secret.id}.disable`, false)
    await end(secret)
  }
  if (params.leaked || secrets.length === 0) return
  await watch.whileConsumers(() => soak(run, details, params))
  for (const secret of secrets) stand(secret)('kept-out')
  const [asked, others] = [secrets.filter(one => one.asks), secrets.filter(one => !one.asks)]
  for (const secret of others) await end(secret)
  await run.safePoint()
  if (asked.length > 0) {
    // Once: whoever carries on has a watch of its own.
    await run.mark('time.asked', 'remark', { text: `until another person is asked: ${watch.say()}` })
    // One word for all of them: it is one rotation.
    await run.approval(asked.map(sayRevoke).join('; '))
  }
  for (const secret of asked) await end(secret)
}

function sayRevoke({ id, principal, kind }: PlannedSecret): string {
  const now = canBeDisabled(kind) ? ` (${principal} is kept out, only the new one is let in)` : ''
  return `revoke ${principal} of ${id}${now}`
}

/** @returns the version of the document that holds the new secret */
async function rotateOne(
  run: Run,
  secret: PlannedSecret,
  params: RotateParams,
  version: number,
  watch: Stopwatch,
  stand: (at: Stage) => void,
): Promise<number> {
  const principal = await makeNew(run, secret, version)
  stand('made')
  await testNew(run, secret, principal)
  await watch.whileConsumers(() => switchConsumers(run, secret, params, version))
  return promote(run, secret, version)
}

/** Says where each secret stands, for a run that ends in the middle. What is no error passes as it is. */
function explain(run: Run, thrown: unknown, stands: ReadonlyMap<string, string>): unknown {
  if (!(thrown instanceof OpsError) || complete.includes(thrown.code) || run.signal.aborted) return thrown
  const { code, message, hint, next, exitCode } = thrown
  const said = [...stands].map(([id, where]) => `${id}: ${where}`)
  return new OpsError(code, {
    message: [message, ...said].join('; '),
    hint: hint ?? `carry on: ops resume ${run.id} · take it back: ops abort ${run.id}`,
    ...{ next, exitCode, cause: thrown },
  })
}
