// The whole rotation: at every moment each consumer's own secret works, and until the old one is revoked everything can be taken back.
import { OpsError, type Run } from '#sdk'
import { checkCluster } from '../snapshot/check-cluster.ts'
import { endOld } from './end-old.ts'
import { setOldEnabled } from './keep-out.ts'
import { makeNew } from './make.ts'
import type { RotateParams } from './params.ts'
import type { PlannedSecret, RotateDetails } from './plan.ts'
import { promote } from './promote.ts'
import { testNew } from './prove.ts'
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
  await run.mark(`time.${run.fencing}`, 'remark', { text: watch.say() })
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
  for (const secret of secrets) {
    stands.set(secret.id, 'its old secret works everywhere')
    const version = versions.get(secret.path) ?? secret.version
    versions.set(secret.path, await rotateOne(run, secret, params, version, watch))
    stands.set(secret.id, 'its consumers have the new secret, and the old one is not revoked')
    if (!params.leaked) continue
    await run.safePoint()
    await setOldEnabled(run, secret, `${secret.id}.disable`, false)
    await endOld(run, secret)
    stands.set(secret.id, 'it is rotated')
  }
  if (params.leaked || secrets.length === 0) return
  await watch.whileConsumers(() => soak(run, details, params))
  for (const secret of secrets) {
    await run.safePoint()
    if (secret.asks) await run.approval(`revoke ${secret.principal} of ${secret.id}`)
    await endOld(run, secret)
    stands.set(secret.id, 'it is rotated')
  }
}

/** @returns the version of the document that holds the new secret */
async function rotateOne(
  run: Run,
  secret: PlannedSecret,
  params: RotateParams,
  version: number,
  watch: Stopwatch,
): Promise<number> {
  const principal = await makeNew(run, secret, version)
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
