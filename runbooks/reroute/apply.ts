// The whole run: one remedy, a look at the cluster, and the next one from what is seen then. What needs the word of another person
// comes last, and nothing is lost without it.
import { exitCodes, OpsError, type Run, sayFew, toOpsError } from '#sdk'
import type { Diagnosis } from '../triage/diagnosis.ts'
import { carryOut } from './carry-out.ts'
import { chooseDeed, type Deed, isMeant, ofMembership, type Tried } from './choose.ts'
import { type Diagnose, elasticsearchHosts, orNone, readIdentity, withoutGone } from './facts.ts'
import { unseenIn } from './gates/cluster.ts'
import type { RerouteParams } from './params.ts'
import type { RerouteDetails } from './plan.ts'
import { sayDeed, sayLeft, sayPassedOver } from './say.ts'

/** Far more than there are causes. */
const mostTurns = 200

/** What was decided at one look; journalled, so that a resume decides the same. */
type Turn = {
  readonly deed: Deed | null
  readonly status: Diagnosis['status']
  /** Shards without a primary, `index/shard`. */
  readonly red: readonly string[]
  /** Where nothing more is done: what is left, one line each, and the first thing to type. */
  readonly left: readonly string[]
  readonly next: string | null
}

type Outcome = Pick<Tried, 'result' | 'text'>

/**
 * 1. The cluster of the plan, or none.
 * 2. Diagnose, choose the safest remedy that may be taken, carry it out, wait until it is quiet. Again.
 * 3. A shard that has lost its primary in the meantime ends the run.
 * 4. Nothing more may be taken: say what is left and what it needs.
 */
export async function applyReroute(
  run: Run,
  { clusterUuid }: RerouteDetails,
  params: RerouteParams,
  diagnose: Diagnose,
): Promise<void> {
  await checkCluster(run, clusterUuid)
  const tried: Tried[] = []
  for (let number = 1; number <= mostTurns; number++) {
    await run.safePoint()
    const key = `turn.${number}`
    const turn = await run.note(key, () => decideTurn(run, tried, params, diagnose))
    const { deed } = turn
    if (deed === null) return finish(run, turn)
    const outcome = await run.note(`${key}.outcome`, () => tryDeed(run, key, deed, params))
    await run.mark(`${key}.told`, 'remark', { text: `${sayDeed(deed)}: ${outcome.text}` })
    await checkNotWorse(run, key, turn)
    tried.push({ deed, ...outcome })
  }
  throw new OpsError('BUG', { message: `${mostTurns} remedies, and there is always another` })
}

/** As every runbook does it, but without a master too. */
async function checkCluster(run: Run, clusterUuid: string): Promise<void> {
  const found = await readIdentity(run)
  if (found.clusterUuid === clusterUuid) return
  throw new OpsError('CLUSTER_OTHER', {
    message: `the plan was made for cluster ${clusterUuid}, this one is ${found.clusterUuid}`,
    hint: `choose the inventory of that cluster with -i, then: ops resume ${run.id}`,
  })
}

const [lookEveryMs, blindMs] = [5000, 60_000]

/** Nothing is decided on half a look: neither a deed on shards, nor that all is well. */
function decideTurn(
  run: Run,
  tried: readonly Tried[],
  params: RerouteParams,
  diagnose: Diagnose,
): Promise<Turn> {
  return run.wait<Turn>({
    subject: 'the cluster',
    title: 'is looked at',
    everyMs: lookEveryMs,
    stallMs: blindMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    interruptible: true,
    poll: async () => {
      const { turn, unseen } = await lookForTurn(run, tried, params, diagnose)
      const [first] = turn.deed?.remedies ?? []
      const isSafe = first === undefined ? turn.left.length > 0 : [...ofMembership, 'wait'].includes(first.do)
      if (unseen.length === 0 || isSafe) return { done: turn }
      return { progress: null, text: `not seen: ${sayFew(unseen, 3)}` }
    },
    orElse: lastSeen =>
      new OpsError('CLUSTER_SICK', {
        message: `nothing more is done without what matters: ${lastSeen}`,
        hint: `see what does not answer: ops plan triage; then: ops resume ${run.id}`,
        exitCode: exitCodes.failed,
      }),
  })
}

async function lookForTurn(
  run: Run,
  tried: readonly Tried[],
  params: RerouteParams,
  diagnose: Diagnose,
): Promise<{ readonly turn: Turn; readonly unseen: readonly string[] }> {
  const diagnosis = await diagnose(withoutGone(run, params))
  const hosts = elasticsearchHosts((await run.ansible.inventory()).hosts)
  const { deed, passedOver } = chooseDeed(diagnosis, tried, params, { hosts })
  const left = deed === null ? diagnosis.causes.filter(cause => isMeant(cause, params) && isOpen(cause)) : []
  const turn = {
    ...{ deed, status: diagnosis.status, red: await readRed(run) },
    left: left.map(sayLeft),
    next: left.length === 0 ? null : sayPassedOver(left, passedOver),
  }
  return { turn, unseen: unseenIn(diagnosis) }
}

/** What is no more than a remark does not make a run fail. */
const isOpen = ({ id, copyCount }: Diagnosis['causes'][number]): boolean =>
  copyCount > 0 ||
  ['no_master', 'master_unstable', 'node_missing', 'node_hung', 'cluster_block', 'disk_full'].includes(id)

/** What has never had a primary, or is just being made, has lost none. */
const ofMaking = ['INDEX_CREATED', 'NEW_INDEX_RESTORED', 'EXISTING_INDEX_RESTORED', 'DANGLING_INDEX_IMPORTED']

const readRed = async (run: Run): Promise<readonly string[]> =>
  (await orNone(() => run.allocation.unassigned()))
    .filter(({ primary, reason }) => primary && !ofMaking.includes(reason))
    .map(({ index, shard }) => `${index}/${shard}`)
    .sort()

/** These speak of this remedy, and say nothing against the next. */
const ofTheRemedy = [
  ...['ANSIBLE_FAILED', 'ANSIBLE_UNREACHABLE', 'ANSIBLE_UNKNOWN', 'NODE_NOT_BACK', 'NODE_CHANGED', 'STALLED'],
  ...[
    'CLUSTER_REJECTED',
    'UNSUPPORTED',
    'REROUTE_REFUSED',
    'GATE_REFUSED',
    'RESTORE_FAILED',
    'CONTENT_DIFFERS',
  ],
  ...['REPOSITORY_MISSING', 'REPOSITORY_BROKEN', 'SNAPSHOT_MISSING', 'INDEX_EXISTS'],
]

async function tryDeed(run: Run, key: string, deed: Deed, params: RerouteParams): Promise<Outcome> {
  try {
    return { result: 'done', text: await carryOut(run, key, deed, params) }
  } catch (thrown) {
    if (run.signal.aborted || !(thrown instanceof OpsError)) throw thrown
    const { code, message } = toOpsError(thrown)
    if (!ofTheRemedy.includes(code)) throw thrown
    return { result: 'failed', text: message }
  }
}

/** Said once: who resumes has seen it. */
async function checkNotWorse(run: Run, key: string, { red: before }: Turn): Promise<void> {
  const { fresh, fencing } = await run.note(`${key}.worse`, async () => ({
    fresh: (await readRed(run)).filter(one => !before.includes(one)),
    fencing: run.fencing,
  }))
  if (fresh.length === 0 || fencing !== run.fencing) return
  throw new OpsError('CLUSTER_SICK', {
    message: `shards have lost their primary meanwhile: ${sayFew(fresh)}`,
    hint: `see why: ops run triage · to go on all the same: ops resume ${run.id}`,
    exitCode: exitCodes.failed,
  })
}

async function finish(run: Run, { status, left, next }: Turn): Promise<void> {
  for (const [at, text] of left.entries()) await run.mark(`left.${at}`, 'remark', { text })
  if (left.length === 0) return run.mark('healed', 'remark', { text: `the cluster is ${status}` })
  throw new OpsError('CLUSTER_SICK', {
    message: `nothing more that may be done helps: ${left.slice(0, 3).join('; ')}`,
    ...(next === null ? {} : { hint: next }),
  })
}
