// Gradual admission: the exclusion is given back, few shards move at once, more when nobody suffers, until the tier is balanced. It moves
// no shard itself: that is the balancer's work.
import { durationMs, exitCodes, OpsError, type Run, sayBytes } from '#sdk'
import { noLagWatch, startLagWatch } from '../rolling-restart/lag-watch.ts'
import { type Balance, type BalanceVerdict, balanceOf, decideBalance, sayShares } from './decide-balance.ts'
import { include } from './exclusion.ts'
import { openPace } from './pace.ts'
import { type AddParams, shareOf } from './params.ts'
import { explainStuck, type MovesSeen, movedSince, notePlacement, waitForMoves } from './watch-moves.ts'

export interface Admission {
  /** Of the exclusion, and of what is noted. */
  readonly key: string
  /** The new nodes. */
  readonly names: readonly string[]
  /** Each tier that they belong to, with all its nodes. */
  readonly tiers: readonly (readonly string[])[]
  readonly params: Pick<AddParams, 'within' | 'stall'>
}

const calmLooks = 3
const patientLooks = 15

export async function admit(run: Run, admission: Admission): Promise<void> {
  const { key, names, tiers, params } = admission
  const placement = await notePlacement(run, `${key}.placement`)
  const before = await run.note(`${key}.balance`, () => readBalances(run, tiers))
  const { hosts } = await run.ansible.inventory()
  const lagWatch = hosts.some(({ groups }) => groups.includes('kafka')) ? startLagWatch(run) : noLagWatch
  const pace = openPace(run, key, lagWatch)
  const calm = createCalm()
  try {
    await pace.begin()
    await include(run, key, names)
    const { seen, left } = await waitForMoves(run, {
      subject: names.join(', '),
      title: 'takes its share',
      stallMs: durationMs(params.stall),
      progress: ({ copies }) => [copies.filter(({ node }) => node !== null && names.includes(node)).length],
      isDone: async found => {
        await pace.regulate()
        const verdicts = await judge(run, admission, found)
        return calm.isOver(verdicts) ? { seen: found, left: verdicts.filter(isUneven) } : null
      },
      explain: found => explainUneven(run, admission, found),
    })
    await pace.end()
    await tell(run, admission, { before, moved: movedSince(placement, seen.copies), left })
  } finally {
    await lagWatch.end()
  }
}

const isUneven = ({ state }: BalanceVerdict): boolean => state === 'uneven'

const readBalances = async ({ allocation }: Run, tiers: Admission['tiers']): Promise<Balance[]> => {
  const nodes = await allocation.nodes()
  return tiers.map(tier => balanceOf(nodes, tier))
}

/** @throws OpsError NODE_NOT_BACK when a new node has left meanwhile; one that only does not say what it holds is still a member */
async function judge(
  run: Run,
  { names, tiers, params }: Admission,
  { copies, moving, planned }: MovesSeen,
): Promise<readonly BalanceVerdict[]> {
  const [nodes, members] = [await run.allocation.nodes(), await run.elasticsearch.members()]
  const gone = names.filter(name => !members.some(member => member.name === name))
  if (gone.length > 0)
    throw new OpsError('NODE_NOT_BACK', {
      message: `${gone.join(', ')} left the cluster while taking shards`,
      hint: `read its log on the host, start it, then: ops resume ${run.id}`,
      // Its shards have copies elsewhere: what is temporary need not be kept.
      exitCode: exitCodes.failed,
    })
  return tiers.map(tier => {
    const own = copies.filter(({ node }) => node !== null && tier.includes(node))
    return decideBalance({
      ...{ balance: balanceOf(nodes, tier), moving, planned, within: shareOf(params.within) },
      largestShardBytes: Math.max(0, ...own.map(({ bytes }) => bytes)),
    })
  })
}

/** Right after a change the balancer has not thought yet, so that nothing seems to be left to do. */
function createCalm() {
  let looks = 0
  return {
    /** Even tiers are believed soon; a disk that stays uneven is the balancer's last word when it has had its time. */
    isOver: (verdicts: readonly BalanceVerdict[]): boolean => {
      const isBad = verdicts.some(
        one => one.state === 'moving' || (one.state === 'uneven' && one.what === 'shards'),
      )
      looks = isBad ? 0 : looks + 1
      return looks >= (verdicts.some(isUneven) ? patientLooks : calmLooks)
    },
  }
}

async function explainUneven(run: Run, admission: Admission, seen: MovesSeen): Promise<OpsError> {
  const verdicts = await judge(run, admission, seen)
  const [fullest] = balanceOf(await run.allocation.nodes(), admission.tiers.flat())
    .nodes.filter(({ node }) => !admission.names.includes(node))
    .sort((a, b) => b.shards - a.shards)
  const stuck = seen.copies.filter(({ node, state }) => node === fullest?.node && state === 'STARTED')
  const why = await explainStuck(run.allocation, stuck)
  return new OpsError('STALLED', {
    message: [
      `no shard has moved for ${admission.params.stall}: ${verdicts.map(one => one.why).join('; ')}`,
      ...why,
    ].join('; '),
    hint: `the new nodes are members and stay; when it is mended: ops resume ${run.id}`,
    exitCode: exitCodes.failed,
  })
}

interface Told {
  readonly before: readonly Balance[]
  readonly moved: { readonly copies: number; readonly bytes: number }
  readonly left: readonly BalanceVerdict[]
}

async function tell(run: Run, { key, tiers }: Admission, { before, moved, left }: Told): Promise<void> {
  const after = await readBalances(run, tiers)
  await run.mark(`${key}.moved`, 'remark', {
    text: `${moved.copies} copies, ${sayBytes(moved.bytes)}, moved to another node`,
    bytes: moved.bytes,
  })
  for (const [at, balance] of after.entries()) {
    const earlier = before[at]
    await run.mark(`${key}.balance.${at}`, 'remark', {
      text: `shards before: ${earlier === undefined ? 'unknown' : sayShares(earlier, 'shards')}; after: ${sayShares(balance, 'shards')}; disk after: ${sayShares(balance, 'bytes')}`,
    })
  }
  for (const [at, { why }] of left.entries())
    await run.mark(`${key}.uneven.${at}`, 'remark', { text: `the balancer leaves it at this, ${why}` })
}
