// Which remedies of a diagnosis this run may take, and which is next. Pure. Never two at once but for moves of one cause, and never
// one on shards while it is not certain who is in the cluster.
import { sayFew } from '#sdk'
import { listIn, matchIndices } from '../restore/patterns.ts'
import type { Cause, CauseId, CopyName, Diagnosis, Recoverable, Remedy, Risk } from '../triage/diagnosis.ts'
import { danglingIn, goneIn, lossesIn, type RerouteParams, risks } from './params.ts'

/** What is done in one turn. More than one remedy only where all are moves. */
export type Deed = {
  readonly cause: CauseId
  readonly sentence: string
  readonly remedies: readonly Remedy[]
  /** Some of the copies that it is for. */
  readonly copies: readonly CopyName[]
  /** What was seen, one line each. */
  readonly evidence: readonly string[]
  /** Of the index that loses something; empty for every other deed. */
  readonly recoverable: readonly Recoverable[]
}

export type Tried = {
  readonly deed: Deed
  readonly result: 'done' | 'failed'
  readonly text: string
}

/** Why a remedy is not taken: one line for each. */
export interface Choice {
  readonly deed: Deed | null
  readonly passedOver: readonly { readonly remedy: Remedy; readonly because: string }[]
}

/** Watched in the end; a diagnosis names up to a thousand. */
const mostCopies = 100
const mostEvidence = 50

/** The safest first. What is not in it is nothing that a run does. */
const order: readonly Remedy['do'][] = [
  'clear-cluster-setting',
  'clear-index-setting',
  'withdraw-shutdown',
  'clear-voting-exclusions',
  'start-node',
  'retry-failed',
  'retry-lifecycle',
  'wait',
  'set-index-setting',
  'move',
  'lend-cluster-setting',
  'restore',
  'import-dangling',
  'allocate-stale',
  'allocate-empty',
]

/** Forced zones keep copies of a missing zone from filling what is left: taking that away is for another person to say. */
export const isOfForcedZones = (remedy: Remedy): boolean =>
  remedy.do === 'clear-cluster-setting' &&
  remedy.name.startsWith('cluster.routing.allocation.awareness.force.')

/** With those that need a word of somebody. */
const placeOf = (remedy: Remedy): number => order.indexOf(isOfForcedZones(remedy) ? 'restore' : remedy.do)

/** The safer one first. */
export const compareRemedies = (a: Remedy, b: Remedy): number => placeOf(a) - placeOf(b)

/** How long copies of a node that has left are waited for. */
export const delaySetting = 'index.unassigned.node_left.delayed_timeout'

/** While one of these is open nobody can say who is a member, and no shard is touched. */
const unsettling: readonly CauseId[] = ['no_master', 'master_unstable', 'node_hung']
/** These change who is a member, and no shard. */
export const ofMembership: readonly Remedy['do'][] = [
  'withdraw-shutdown',
  'clear-voting-exclusions',
  'start-node',
]

export interface World {
  /** Hosts of the inventory's group `elasticsearch`. */
  readonly hosts: readonly string[]
}

export function chooseDeed(
  { causes, recoverable }: Pick<Diagnosis, 'causes' | 'recoverable'>,
  tried: readonly Tried[],
  params: RerouteParams,
  world: World,
): Choice {
  const passedOver: { remedy: Remedy; because: string }[] = []
  const open = openMembership(causes, tried, params)
  const candidates = causes.flatMap(cause =>
    (isMeant(cause, params) ? cause.remedies : []).flatMap(given => {
      const remedy = narrow(given, params, world)
      const because =
        remedy === null
          ? 'is not about the indices and nodes that are meant'
          : explainPassed(cause, remedy, tried, params, open)
      if (because === null && remedy !== null) return [{ cause, remedy }]
      passedOver.push({ remedy: given, because: because ?? '' })
      return []
    }),
  )
  const [first] = [...candidates].sort((a, b) => compareRemedies(a.remedy, b.remedy))
  if (first === undefined) return { deed: null, passedOver }
  const { cause, remedy } = first
  const together =
    remedy.do === 'move'
      ? candidates.filter(one => one.cause === cause && one.remedy.do === 'move').slice(0, params.batch)
      : [first]
  return {
    deed: {
      ...{ cause: cause.id, sentence: cause.sentence },
      remedies: together.map(one => one.remedy),
      copies: cause.copies.slice(0, mostCopies),
      evidence: cause.evidence.slice(0, mostEvidence),
      recoverable: losesByNature(remedy) ? recoverable.filter(({ index }) => index === remedy.index) : [],
    },
    passedOver,
  }
}

export const isMeant = ({ id }: Cause, { only }: RerouteParams): boolean =>
  only === undefined || listIn(only).includes(id)

/** What keeps shards from being touched; `null` where nothing does. A node that was tried or is gone for good keeps nobody. */
function openMembership(
  causes: readonly Cause[],
  tried: readonly Tried[],
  params: RerouteParams,
): Cause | null {
  return (
    causes.find(({ id, remedies }) => {
      if (unsettling.includes(id)) return true
      if (id !== 'node_missing') return false
      const startable = remedies.flatMap(remedy => (remedy.do === 'start-node' ? remedy.nodes : []))
      return startable.some(node => !goneIn(params).includes(node) && !wasStarted(node, tried))
    }) ?? null
  )
}

const wasStarted = (node: string, tried: readonly Tried[]): boolean =>
  tried.some(({ deed }) => deed.remedies.some(one => one.do === 'start-node' && one.nodes.includes(node)))

/** Nodes that do not come back: so it was said, or this run could not start them. */
export const knownDead = (tried: readonly Tried[], params: RerouteParams): readonly string[] => [
  ...goneIn(params),
  ...tried
    .filter(({ result }) => result === 'failed')
    .flatMap(({ deed }) => deed.remedies.flatMap(one => (one.do === 'start-node' ? one.nodes : []))),
]

/** Only what is about the wanted indices, and nodes that may come back; `null` where nothing of it is. */
function narrow(given: Remedy, params: RerouteParams, { hosts }: World): Remedy | null {
  if (given.do === 'start-node') {
    const nodes = given.nodes.filter(node => hosts.includes(node) && !goneIn(params).includes(node))
    return nodes.length === 0 ? null : { ...given, nodes }
  }
  const remedy = given.do === 'restore' ? onlyAccepted(given, params) : given
  const { index } = params
  if (index === undefined) return remedy
  const matches = (names: readonly string[]) => matchIndices(listIn(index), names).wanted
  if ('indices' in remedy) {
    const indices = matches(remedy.indices)
    return indices.length === 0 ? null : { ...remedy, indices }
  }
  if ('index' in remedy) return matches([remedy.index]).length === 0 ? null : remedy
  // Nodes are started and failures tried again whoever asks; settings of all are not for the sake of some.
  return remedy.do === 'clear-cluster-setting' || remedy.do === 'lend-cluster-setting' ? null : remedy
}

const isDelay = (remedy: Remedy): boolean => remedy.do === 'set-index-setting' && remedy.name === delaySetting

/** Where some are, the others are left out; where none is, it is said of all. */
function onlyAccepted(remedy: Remedy & { do: 'restore' }, params: RerouteParams): Remedy {
  const indices = remedy.indices.filter(index => lossesIn(params).includes(`${index}/all`))
  return indices.length === 0 ? remedy : { ...remedy, indices }
}

function explainPassed(
  cause: Cause,
  remedy: Remedy,
  tried: readonly Tried[],
  params: RerouteParams,
  open: Cause | null,
): string | null {
  if (remedy.do === 'advise') return 'is for a person, or for another runbook'
  if (wasTried(cause.id, remedy, tried)) return 'was tried by this run'
  const isQuiet = ofMembership.includes(remedy.do) || (remedy.do === 'wait' && open === cause)
  if (open !== null && !isQuiet) return `no shard is touched while this is open: ${open.sentence}`
  const dead = knownDead(tried, params)
  if (isDelay(remedy) && dead.length === 0)
    return 'needs --gone NODE: a node that comes back brings its copies along'
  if (cause.id === 'primary_first') return 'follows by itself once the primaries are there'
  if (remedy.do === 'wait' && dead.length > 0 && cause.remedies.some(isDelay))
    return `nobody waits for ${sayFew(dead)} any more`
  if (remedy.do === 'import-dangling')
    return danglingIn(params).some(one => one === remedy.uuid || one === remedy.index)
      ? null
      : `needs --import-dangling ${remedy.uuid}`
  if (losesByNature(remedy)) return explainLoss([`${remedy.index}/${remedy.shard}`], params)
  if (remedy.do === 'restore')
    return explainLoss(
      remedy.indices.map(index => `${index}/all`),
      params,
    )
  return riskOf(remedy) > risks.indexOf(params.maxRisk) ? `needs --max-risk ${remedy.risk}` : null
}

export type Losing = Extract<Remedy, { do: 'allocate-stale' | 'allocate-empty' }>

export const losesByNature = (remedy: Remedy): remedy is Losing =>
  remedy.do === 'allocate-stale' || remedy.do === 'allocate-empty'

/** Whatever a diagnosis says of its risk. */
function explainLoss(lost: readonly string[], params: RerouteParams): string | null {
  const accepted = lossesIn(params)
  if (params.maxRisk === 'loses-data' && lost.every(one => accepted.includes(one))) return null
  return `needs --max-risk loses-data --accept-loss ${sayFew(lost)}, and the approval of another person`
}

const riskOf = ({ risk }: { readonly risk: Risk }): number => risks.indexOf(risk)

/** Trying again what has failed makes sense once something else was mended. */
function wasTried(cause: CauseId, remedy: Remedy, tried: readonly Tried[]): boolean {
  const key = keyOf(cause, remedy)
  const last = tried.findLastIndex(({ deed }) => deed.remedies.some(one => keyOf(deed.cause, one) === key))
  if (last === -1) return false
  if (remedy.do !== 'retry-failed') return true
  return !tried
    .slice(last + 1)
    .some(({ deed, result }) => result === 'done' && deed.remedies.every(one => !idle.includes(one.do)))
}

const idle: readonly Remedy['do'][] = ['retry-failed', 'wait']

/** What it does, without the words. Waiting is waiting for something. */
function keyOf(cause: CauseId, { risk: _risk, text: _text, command: _command, ...what }: Remedy): string {
  if (what.do === 'wait') return `wait ${cause}`
  return JSON.stringify(what, Object.keys(what).sort())
}
