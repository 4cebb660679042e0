// The world before and after: what was there when the run began must be there when it ends.
import { durationMs, type NodeInfo, OpsError, type Run } from '#sdk'
import { indicesOn } from './copies.ts'
import type { RestartParams } from './params.ts'
import type { Watch } from './watch.ts'

export type RestartBaseline = {
  readonly nodes: readonly NodeInfo[]
  readonly elected: string
  /** How many there were. */
  readonly indices: number
  /** Copies that were unassigned, and settled, before: `index[shard]`. */
  readonly unassigned: readonly string[]
  readonly persistent: Readonly<Record<string, string>>
  readonly transient: Readonly<Record<string, string>>
  readonly unchangeable: readonly string[]
  /** Documents of indices that nobody can write to, by uuid. */
  readonly frozenDocs: Readonly<Record<string, number>>
}

const greenStallMs = 10 * 60_000
const countAgainMs = 2000
const countPatienceMs = 60_000

export async function readBaseline({ elasticsearch: es }: Run, watch: Watch): Promise<RestartBaseline> {
  const { nodes, map, master } = await watch.see(0)
  const { persistent, transient } = await es.clusterSettings()
  const counts = await es.counts()
  return {
    nodes,
    elected: master.elected ?? '',
    indices: map.indices.length,
    unassigned: unassignedCopies(map),
    persistent,
    transient,
    unchangeable: await es.unchangeable(indicesOn(map, new Set(nodes.map(({ id }) => id)))),
    frozenDocs: Object.fromEntries(
      counts.filter(({ blocks }) => blocks.includes('write')).map(({ uuid, docs }) => [uuid, docs]),
    ),
  }
}

/** Waits until every copy is back and nothing moves, then compares settings and counts. */
export async function checkAfterwards(
  run: Run,
  baseline: RestartBaseline,
  params: RestartParams,
): Promise<void> {
  await waitForRest(run, baseline, params)
  const { persistent, transient } = await run.elasticsearch.clusterSettings()
  const changed = [
    ...differences('persistent', baseline.persistent, persistent),
    ...differences('transient', baseline.transient, transient),
  ]
  if (changed.length > 0) {
    await run.mark('settings.changed', 'remark', {
      text: `cluster settings changed during the run: ${changed.join('; ')}`,
    })
  }
  await compareCounts(run, baseline)
}

/** A shard that is handed over at this moment, by the balancer, is in no count: only what stays fewer is lost. */
function compareCounts(run: Run, { frozenDocs }: RestartBaseline): Promise<void> {
  let lost: string | null = null
  return run.wait({
    subject: 'cluster',
    title: 'counts what nobody writes to',
    everyMs: countAgainMs,
    stallMs: countPatienceMs,
    ceilingMs: countPatienceMs,
    poll: async () => {
      const fewer = (await run.elasticsearch.counts()).filter(
        ({ uuid, docs }) => docs < (frozenDocs[uuid] ?? 0),
      )
      if (fewer.length === 0) return { done: undefined }
      const names = fewer.map(({ index }) => index).join(', ')
      lost = `read-only indices have fewer documents than before: ${names}`
      return { progress: null, text: lost }
    },
    orElse: lastSeen =>
      lost === null
        ? new OpsError('STALLED', {
            message: `all nodes are back but nobody can say how many documents there are: ${lastSeen}`,
            hint: `when the cluster answers: ops resume ${run.id}`,
            exitCode: 1,
          })
        : new OpsError('DATA_LOST', {
            message: lost,
            hint: 'compare with the newest snapshot before anything else is done',
            exitCode: 4,
          }),
  })
}

function waitForRest(run: Run, { unassigned }: RestartBaseline, { stall }: RestartParams): Promise<void> {
  const settled = new Set(unassigned)
  return run.wait({
    subject: 'cluster',
    title: 'settles',
    everyMs: 1000,
    stallMs: Math.max(durationMs(stall), greenStallMs),
    ceilingMs: Number.POSITIVE_INFINITY,
    interruptible: true,
    poll: async () => {
      const health = await run.elasticsearch.health({ timeoutMs: 5000 })
      const map = await run.elasticsearch.shardMap()
      const open = unassignedCopies(map).filter(copy => !settled.has(copy))
      const moving = health.initializingShards + health.relocatingShards
      if (open.length === 0 && moving === 0 && health.status !== 'red') return { done: undefined }
      const { recoveredBytes } = await run.elasticsearch.recovery()
      return {
        progress: { open: open.length, moving, recoveredBytes },
        text: `${health.status}, ${open.length} copies missing, ${moving} moving`,
      }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `all nodes are back but the cluster does not settle: ${lastSeen}`,
        hint: 'see why: GET _cluster/allocation/explain',
        exitCode: 1,
      }),
  })
}

function unassignedCopies({
  indices,
}: {
  readonly indices: Awaited<ReturnType<Watch['see']>>['map']['indices']
}): string[] {
  return indices.flatMap(({ name, shards }) =>
    shards
      .filter(({ copies }) => copies.some(({ state }) => state === 'UNASSIGNED'))
      .map(({ number }) => `${name}[${number}]`),
  )
}

function differences(
  scope: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter(key => before[key] !== after[key])
    .map(key => `${scope} ${key} was ${before[key] ?? 'unset'}, is ${after[key] ?? 'unset'}`)
}
