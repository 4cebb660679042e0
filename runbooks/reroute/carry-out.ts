// One remedy from its first step until the cluster is quiet again. Says what came of it.
import { OpsError, type Run } from '#sdk'
import type { Remedy } from '../triage/diagnosis.ts'
import { allocatePrimary } from './allocate-primary.ts'
import { type Deed, delaySetting, isOfForcedZones } from './choose.ts'
import { importDangling } from './import-dangling.ts'
import { lendClusterSetting, lendIndexSetting } from './lend.ts'
import { startNodes, withdrawShutdown, withdrawVotingExclusions } from './membership.ts'
import { moveCopies } from './move.ts'
import { goneIn, type RerouteParams } from './params.ts'
import { restoreIndices } from './restore-indices.ts'
import { retryFailed, retryLifecycle } from './retry.ts'
import { changeClusterSetting, changeIndexSetting } from './settings.ts'
import { settle, waitFor } from './settle.ts'

export async function carryOut(run: Run, key: string, deed: Deed, params: RerouteParams): Promise<string> {
  const [remedy] = deed.remedies
  if (remedy === undefined) return 'nothing was to be done'
  const text = await doIt(run, key, remedy, deed, params)
  // What was waited for has had its time.
  if (remedy.do !== 'wait') await settle(run, key, params)
  return text
}

function doIt(run: Run, key: string, remedy: Remedy, deed: Deed, params: RerouteParams): Promise<string> {
  switch (remedy.do) {
    case 'clear-cluster-setting':
      return clearClusterSetting(run, key, remedy)
    case 'clear-index-setting':
      return changeIndexSetting(run, key, { ...remedy, value: null })
    case 'withdraw-shutdown':
      return withdrawShutdown(run, key, remedy)
    case 'clear-voting-exclusions':
      return withdrawVotingExclusions(run, key)
    case 'start-node':
      return startNodes(run, key, remedy.nodes, params)
    case 'retry-failed':
      return retryFailed(run, key)
    case 'retry-lifecycle':
      return retryLifecycle(run, key, remedy.indices)
    case 'wait':
      return waitFor(run, key, remedy.forMs, deed.copies, params)
    case 'set-index-setting':
      if (remedy.name !== delaySetting) return changeIndexSetting(run, key, remedy)
      return lendIndexSetting(run, key, remedy, deed.copies, params)
    case 'lend-cluster-setting':
      return lendClusterSetting(run, key, remedy, deed.copies, params)
    case 'move':
      return moveCopies(run, key, deed.remedies.filter(isMove), params)
    case 'restore':
      return restoreIndices(run, key, remedy, params)
    case 'import-dangling':
      return importDangling(run, key, remedy, params)
    case 'allocate-stale':
    case 'allocate-empty':
      return allocatePrimary(run, key, remedy, deed, { ...params, goneNodes: goneIn(params) })
    case 'advise':
      throw new OpsError('BUG', { message: 'an advice is for a person' })
  }
}

async function clearClusterSetting(
  run: Run,
  key: string,
  remedy: Remedy & { do: 'clear-cluster-setting' },
): Promise<string> {
  if (isOfForcedZones(remedy))
    await run.approval(`${remedy.text}: copies of the zone that is missing are made in those that are left`)
  return changeClusterSetting(run, key, remedy)
}

const isMove = (remedy: Remedy): remedy is Remedy & { do: 'move' } => remedy.do === 'move'
