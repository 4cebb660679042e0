// All of Elasticsearch is lost with its disks, and comes back from the repository. Reads like the procedure; the parts are below.
import { durationMs, OpsError, type Run, sayCount } from '#sdk'
import { type Batch, beginRestore, withoutInPlace } from '../../restore/batch.ts'
import { type ContentVerdict, proveContent, sayVerdict } from '../../restore/prove.ts'
import { readManifest } from '../../restore/read-manifest.ts'
import { waitUntilRestored } from '../../restore/wait-for-restore.ts'
import type { Manifest } from '../../snapshot/manifest.ts'
import { readContentBefore } from '../content-before.ts'
import { killServices, wipeDisks } from '../lose.ts'
import { begin, type Found, noteTime, readPatiently, startPhases } from '../method.ts'
import { waitUntilSteady } from '../nodes.ts'
import type { DrillParams } from '../params.ts'
import type { NodesDetails } from '../plan.ts'
import { bringBack, rebuild } from '../rebuild.ts'
import { asBefore, registerReadOnly } from '../repository.ts'
import { tellNodesWhole } from '../tell-whole.ts'
import type { Scenario } from './scenario.ts'

export const wholeCluster: Scenario<NodesDetails> = {
  method: loseAndRestore,
  restore: async (run, details, params) => {
    await bringBack(run, details, params)
    await asBefore(run, details)
  },
  settle: async (run, { hosts }, { stall }) => {
    const { nodes } = await waitUntilSteady(run, hosts, stall)
    await tellNodesWhole(run, hosts)
    return `green, ${nodes.length} nodes, a stable master`
  },
}

/**
 * 1. Count what is there; from now on everything is lost. Kill every node, wipe every data directory.
 * 2. Form a new, empty cluster: users and templates, no index.
 * 3. Register the repository read-only, so that nothing can harm it; restore everything that the snapshot has.
 * 4. Wait until every shard is proven to be there, compare every index with the manifest.
 */
async function loseAndRestore(asked: Run, details: NodesDetails, params: DrillParams): Promise<Found> {
  const { hosts, repository, from } = details
  if (repository === null || from === null)
    throw new OpsError('BUG', { message: 'the plan names no snapshot' })
  const { manifest } = await readManifest(asked, from.repository, from)
  if (manifest === null)
    throw new OpsError('SNAPSHOT_MISSING', { message: `the manifest of ${from.name} is gone since the plan` })
  const before = await asked.note('content.before', () => readContentBefore(asked, false))
  const run = await begin(asked)
  const phases = startPhases(run)
  const declaredMs = await noteTime(run, 'declared')
  const all = { key: 'cluster', hosts, service: 'elasticsearch' } as const
  await phases.take('kill', () => killServices(run, all))
  await phases.take('wipe', () => wipeDisks(run, all, [repository.settings.location ?? ''].filter(Boolean)))
  const formed = await phases.take('form a new cluster', () => rebuild(run, 'cluster', details, params))
  // A process that carries on has not heard of it yet.
  await run.elasticsearch.adopt(formed)
  await registerReadOnly(run, repository)
  const made = await phases.take('restore', () => restoreAll(run, details, params))
  const verdicts = await phases.take('compare', () => compareAll(run, made, manifest))
  const verifiedAtMs = await noteTime(run, 'verified')
  return {
    verifiedAtMs,
    rpoSeconds: Math.round((declaredMs - from.startedAtMs) / 100) / 10,
    phases: phases.all,
    ...judgeVerdicts(manifest, verdicts, before),
  }
}

/** Shards are lost with their nodes' names: what tied them to one goes. Everything else is as it was, its lifecycle too. */
const without = withoutInPlace.filter(setting => setting !== 'index.lifecycle.*')

async function restoreAll(run: Run, { from, sizes }: NodesDetails, { stall }: DrillParams) {
  if (from === null) throw new OpsError('BUG', { message: 'the plan names no snapshot' })
  await checkSnapshot(run, from)
  const batch: Batch = { key: 'everything', from, indices: sizes, prefix: '', replicas: null, without }
  const made = await beginRestore(run, batch)
  await waitUntilRestored(run, batch, made, durationMs(stall))
  return made
}

/** The repository that was registered holds the very snapshot of the plan. */
function checkSnapshot(
  run: Run,
  { repository, name, uuid }: NonNullable<NodesDetails['from']>,
): Promise<void> {
  return readPatiently(run, 'looks for the snapshot', 60_000, async () => {
    const found = (await run.snapshots.list(repository)).find(one => one.name === name)
    if (found?.uuid === uuid) return
    throw new OpsError('SNAPSHOT_MISSING', {
      message: `${repository} holds no ${name} of uuid ${uuid} any more`,
      hint: 'see whether the directory of the repository is the same on every node',
    })
  })
}

async function compareAll(
  run: Run,
  made: Awaited<ReturnType<typeof restoreAll>>,
  manifest: Manifest,
): Promise<readonly ContentVerdict[]> {
  const verdicts: ContentVerdict[] = []
  for (const one of made)
    verdicts.push(
      await proveContent(run, one, manifest.indices.find(({ index }) => index === one.index) ?? null),
    )
  return verdicts
}

function judgeVerdicts(
  manifest: Manifest,
  verdicts: readonly ContentVerdict[],
  before: Awaited<ReturnType<typeof readContentBefore>>,
): Pick<Found, 'proven' | 'troubles'> {
  const there = new Set(verdicts.map(({ index }) => index))
  const missing = manifest.indices.filter(({ index }) => !there.has(index)).map(({ index }) => index)
  const [good, bad] = [true, false].map(wanted =>
    verdicts.filter(({ differences }) => (differences.length === 0) === wanted),
  )
  const documents = (of: readonly { readonly docs: number }[]): number =>
    of.reduce((sum, { docs }) => sum + docs, 0)
  const gone = documents(before) - documents(verdicts)
  return {
    proven: [
      ...(good ?? []).map(sayVerdict),
      `${verdicts.length} indices and ${sayCount(documents(verdicts))} documents are back; ${sayCount(Math.max(0, gone))} were written after the snapshot had begun and are gone`,
    ],
    troubles: [
      ...(bad ?? []).map(sayVerdict),
      ...missing.map(index => `${index} is in the manifest and was not restored`),
    ],
  }
}
