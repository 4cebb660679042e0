// Everything that gates and plan look at, read once. Reads only.
import { type InventoryHost, type Leftover, type Look, sayOutcome } from '#sdk'
import { type ElasticsearchFacts, lookAtElasticsearch } from './elasticsearch-facts.ts'
import { type KafkaFacts, lookAtKafka } from './kafka-facts.ts'
import { chooseServices, type FullParams, type ServiceName, serviceNames } from './params.ts'
import { type Fleet, fleetsOf, readStates, type ServiceState } from './services.ts'

/** What would keep a service of one host from coming back. */
export interface HostLint {
  readonly host: string
  readonly errors: readonly string[]
}

export interface FullFacts {
  readonly nowMs: number
  readonly source: string
  /** Those that are to be stopped. */
  readonly fleets: readonly Fleet[]
  /** Services of the inventory that stay up. */
  readonly kept: readonly ServiceName[]
  readonly states: readonly ServiceState[]
  readonly lint: readonly HostLint[]
  readonly elasticsearch: ElasticsearchFacts | null
  readonly kafka: KafkaFacts | null
  readonly leftovers: readonly Leftover[]
}

const lintStallMs = 120_000

export async function lookAtPlatform(look: Look, params: FullParams): Promise<FullFacts> {
  const inventory = await look.ansible.inventory()
  const names = chooseServices(params)
  const fleets = fleetsOf(inventory, names)
  const has = (name: ServiceName): boolean => fleets.some(fleet => fleet.name === name)
  const own = (name: ServiceName): readonly InventoryHost[] =>
    inventory.hosts.filter(({ groups }) => groups.includes(name))
  const [states, ...lint] = await Promise.all([
    readStates(look, fleets),
    lintHosts(look, fleets, 'elasticsearch', 'config_lint.yml'),
    lintHosts(look, fleets, 'kafka', 'kafka_lint.yml'),
  ])
  return {
    nowMs: look.clock.now().getTime(),
    source: inventory.source,
    fleets,
    kept: fleetsOf(inventory, serviceNames)
      .map(({ name }) => name)
      .filter(name => !names.includes(name)),
    states,
    lint: lint.flat(),
    elasticsearch: has('elasticsearch') ? await lookAtElasticsearch(look, inventory) : null,
    kafka: has('kafka') ? await lookAtKafka(look, own('kafka')) : null,
    leftovers: await look.leftovers(),
  }
}

async function lintHosts(
  { ansible }: Look,
  fleets: readonly Fleet[],
  name: ServiceName,
  playbook: string,
): Promise<readonly HostLint[]> {
  const fleet = fleets.find(one => one.name === name)
  if (fleet === undefined) return []
  const { hosts, unit } = fleet
  const { outcomes, results } = await ansible.play({
    playbook,
    hosts,
    vars: { ops_service: unit },
    stallMs: lintStallMs,
  })
  return hosts.map(host => {
    const result = results.get(host) as { errors?: string[] } | undefined
    if (outcomes.get(host)?.state === 'ok' && result !== undefined)
      return { host, errors: result.errors ?? [] }
    return { host, errors: [sayOutcome(outcomes.get(host))] }
  })
}
