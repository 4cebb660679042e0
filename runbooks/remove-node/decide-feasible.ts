// Whether every copy of the nodes that are to leave has another place, by arithmetic: each one gets a place of its own, with all others
// in theirs. Says yes only with such a placement at hand. Pure.
import {
  type ClusterRules,
  explainFiltered,
  hasRole,
  type IndexRules,
  type Place,
  tierAmong,
} from './constraints.ts'

export interface RoomyNode extends Place {
  /** Bytes that it may take until its low watermark. */
  readonly roomBytes: number
}

export interface PlacedCopy {
  readonly index: string
  readonly shard: number
  readonly primary: boolean
  readonly bytes: number
  /** Name of the node that has it. */
  readonly node: string
  /** It is on its way already, or not whole yet. */
  readonly moving: boolean
}

export interface FeasibleWorld {
  /** All data nodes, those that are to leave among them. */
  readonly nodes: readonly RoomyNode[]
  readonly leaving: ReadonlySet<string>
  /** Every copy that a node has. */
  readonly copies: readonly PlacedCopy[]
  readonly rules: ReadonlyMap<string, IndexRules>
  readonly cluster: ClusterRules
  /** Indices whose replicas come and go with the nodes: a copy of theirs may vanish where another stays. */
  readonly expanding: ReadonlySet<string>
}

export interface Unplaceable {
  readonly copy: PlacedCopy
  /** Why, by node that stays: `disk_threshold`, `same_shard`, ... with what is in the way. */
  readonly because: readonly { readonly node: string; readonly decider: Decider; readonly text: string }[]
}

export type Decider =
  | 'data_tier'
  | 'filter'
  | 'same_shard'
  | 'shards_limit'
  | 'awareness'
  | 'disk_threshold'
  | 'no_node'

export interface Feasibility {
  readonly placed: readonly { readonly copy: PlacedCopy; readonly to: string }[]
  readonly unplaceable: readonly Unplaceable[]
  /** Bytes on the nodes that leave, and room on those that stay. */
  readonly bytes: number
  readonly roomBytes: number
}

const noRules: IndexRules = {
  filters: { include: {}, exclude: {}, require: {} },
  tiers: [],
  perNode: null,
}

/** Two orders are tried, the largest first and the choosiest first: the one that leaves fewer over is the answer. */
export function decideFeasible(world: FeasibleWorld): Feasibility {
  const leaving = world.copies.filter(({ node }) => world.leaving.has(node))
  const staying = world.nodes.filter(({ name }) => !world.leaving.has(name))
  const moving = leaving.filter(copy => !mayVanish(world, copy))
  const free = new Packing(world, staying)
  const choices = new Map(
    moving.map(copy => [copy, staying.filter(node => free.explain(copy, node) === null).length]),
  )
  const bySize = [...moving].sort((a, b) => b.bytes - a.bytes)
  const byChoice = [...bySize].sort((a, b) => (choices.get(a) ?? 0) - (choices.get(b) ?? 0))
  const [first, second] = [bySize, byChoice].map(order => pack(world, staying, order))
  const best =
    second !== undefined && first !== undefined && second.unplaceable.length < first.unplaceable.length
      ? second
      : first
  return {
    placed: best?.placed ?? [],
    unplaceable: best?.unplaceable ?? [],
    bytes: leaving.reduce((sum, { bytes }) => sum + bytes, 0),
    roomBytes: staying.reduce((sum, { roomBytes }) => sum + Math.max(0, roomBytes), 0),
  }
}

/** The last copy of a shard on a node that stays keeps an expanding index whole. */
const mayVanish = ({ expanding, copies, leaving }: FeasibleWorld, copy: PlacedCopy): boolean =>
  expanding.has(copy.index) &&
  copies.some(
    one => one.index === copy.index && one.shard === copy.shard && one !== copy && !leaving.has(one.node),
  )

/** The emptiest node that may have it, as the balancer would; one after the other, none is moved again. */
function pack(
  world: FeasibleWorld,
  staying: readonly RoomyNode[],
  order: readonly PlacedCopy[],
): Pick<Feasibility, 'placed' | 'unplaceable'> {
  const packing = new Packing(world, staying)
  const placed: { copy: PlacedCopy; to: string }[] = []
  const unplaceable: Unplaceable[] = []
  for (const copy of order) {
    const because: { node: string; decider: Decider; text: string }[] = []
    let best: RoomyNode | null = null
    for (const node of staying) {
      const no = packing.explain(copy, node)
      if (no !== null) because.push({ node: node.name, ...no })
      else if (best === null || packing.roomOf(node) > packing.roomOf(best)) best = node
    }
    if (best === null) {
      const nobody = { node: '', decider: 'no_node' as const, text: 'no data node stays' }
      unplaceable.push({ copy, because: because.length === 0 ? [nobody] : because })
      continue
    }
    packing.put(copy, best)
    placed.push({ copy, to: best.name })
  }
  return { placed, unplaceable }
}

const shardOf = ({ index, shard }: PlacedCopy): string => `${index}[${shard}]`

/** Who has what while copies are put in their places, and what stands against one more. */
class Packing {
  readonly #world: FeasibleWorld
  readonly #byName: ReadonlyMap<string, RoomyNode>
  readonly #room: Map<string, number>
  readonly #holders = new Map<string, string[]>()
  readonly #ofIndex = new Map<string, number>()
  readonly #onNode = new Map<string, number>()
  readonly #left: Set<PlacedCopy>

  constructor(world: FeasibleWorld, staying: readonly RoomyNode[]) {
    this.#world = world
    this.#byName = new Map(world.nodes.map(node => [node.name, node]))
    this.#room = new Map(staying.map(({ name, roomBytes }) => [name, roomBytes]))
    this.#left = new Set(world.copies.filter(({ node }) => world.leaving.has(node)))
    for (const copy of world.copies) this.#count(copy, copy.node, 1)
  }

  roomOf = ({ name }: RoomyNode): number => this.#room.get(name) ?? 0

  put(copy: PlacedCopy, node: RoomyNode): void {
    this.#count(copy, copy.node, -1)
    this.#count(copy, node.name, 1)
    this.#left.delete(copy)
    this.#room.set(node.name, this.roomOf(node) - copy.bytes)
  }

  #count(copy: PlacedCopy, node: string, by: 1 | -1): void {
    const shard = shardOf(copy)
    const holders = this.#holders.get(shard) ?? []
    if (by === 1) holders.push(node)
    else holders.splice(holders.indexOf(node), 1)
    this.#holders.set(shard, holders)
    const key = `${copy.index} ${node}`
    this.#ofIndex.set(key, (this.#ofIndex.get(key) ?? 0) + by)
    this.#onNode.set(node, (this.#onNode.get(node) ?? 0) + by)
  }

  /** `null` where the node may have it. */
  explain(copy: PlacedCopy, node: RoomyNode): { readonly decider: Decider; readonly text: string } | null {
    const { rules, cluster } = this.#world
    const { filters, tiers, perNode } = rules.get(copy.index) ?? noRules
    const tier = tierAmong(tiers, this.#world.nodes)
    if (tiers.length > 0 && (tier === null || !hasRole(node, tier)))
      return { decider: 'data_tier', text: `it is not of the tier ${tier ?? tiers.join(' or ')}` }
    const filtered = explainFiltered(filters, node) ?? explainFiltered(cluster.filters, node)
    if (filtered !== null) return { decider: 'filter', text: filtered }
    const others = this.#othersOf(copy)
    if (others.some(({ name }) => name === node.name))
      return { decider: 'same_shard', text: 'it has a copy of the shard already' }
    if (cluster.oneCopyPerHost && others.some(({ host }) => host === node.host))
      return { decider: 'same_shard', text: `a node of its host ${node.host} has a copy of the shard` }
    const ofIndex = this.#ofIndex.get(`${copy.index} ${node.name}`) ?? 0
    if (perNode !== null && ofIndex >= perNode)
      return {
        decider: 'shards_limit',
        text: `it has ${ofIndex} copies of the index, the limit is ${perNode}`,
      }
    const onNode = this.#onNode.get(node.name) ?? 0
    if (cluster.perNode !== null && onNode >= cluster.perNode)
      return { decider: 'shards_limit', text: `it has ${onNode} copies, the limit is ${cluster.perNode}` }
    const crowded = this.#explainCrowded(copy, node, others)
    if (crowded !== null) return { decider: 'awareness', text: crowded }
    if (copy.bytes > this.roomOf(node))
      return {
        decider: 'disk_threshold',
        text: `it has room for ${Math.max(0, Math.floor(this.roomOf(node)))} bytes`,
      }
    return null
  }

  /** The nodes of all copies of the shard but this one. */
  #othersOf(copy: PlacedCopy): readonly RoomyNode[] {
    const holders = [...(this.#holders.get(shardOf(copy)) ?? [])]
    if (this.#left.has(copy)) holders.splice(holders.indexOf(copy.node), 1)
    return holders.flatMap(name => this.#byName.get(name) ?? [])
  }

  /** A node that leaves still counts as one of its zone until it is gone. */
  #explainCrowded(copy: PlacedCopy, node: RoomyNode, others: readonly RoomyNode[]): string | null {
    const copies = (this.#holders.get(shardOf(copy)) ?? []).length
    for (const { attribute, forced } of this.#world.cluster.awareness) {
      const own = node.attributes[attribute]
      if (own === undefined) return `it has no attribute ${attribute}`
      const known = this.#world.nodes.flatMap(one => one.attributes[attribute] ?? [])
      const values = new Set([...known, ...forced])
      const most = Math.ceil(copies / values.size)
      const there = others.filter(one => one.attributes[attribute] === own).length
      if (there + 1 > most)
        return `${attribute} ${own} has ${there} copies of the shard, ${most} of ${copies} may be there`
    }
    return null
  }
}
