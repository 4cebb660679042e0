// The systems of the platform in the order in which they are deployed, and whose hosts they go on. Nothing else knows it.
import type { InventoryHost } from '#sdk'

export const systemNames = ['base', 'vault', 'kafka', 'elasticsearch', 'content'] as const
export type SystemName = (typeof systemNames)[number]

export interface System {
  readonly name: SystemName
  readonly playbook: string
  /** Its hosts; every host where it is null. */
  readonly group: string | null
  /** It changes what a cluster holds, not a host: one host of the group does it for all. */
  readonly once: boolean
  /** Nodes that need it are restarted, through the gates of a rolling restart. */
  readonly restarts: boolean
  /** The groups that start one after the other when there is no cluster yet. */
  readonly firstStart: readonly (readonly string[])[]
}

const system = (name: SystemName, playbook: string, group: string | null): System => ({
  name,
  playbook,
  group,
  once: false,
  restarts: false,
  firstStart: [],
})

export const systems: readonly System[] = [
  system('base', 'base.yml', null),
  system('vault', 'vault.yml', 'vault'),
  // Controllers need each other to begin: all three at once.
  { ...system('kafka', 'kafka.yml', 'kafka'), restarts: true },
  {
    ...system('elasticsearch', 'elasticsearch.yml', 'elasticsearch'),
    restarts: true,
    firstStart: [['es_master'], ['es_data_hot', 'es_data_warm'], ['es_coord']],
  },
  { ...system('content', 'elasticsearch_content.yml', 'elasticsearch'), once: true },
]

/** Groups that the platform cannot do without, where any host of the system is in the inventory. */
export const neededGroups: Readonly<Record<string, readonly string[]>> = {
  elasticsearch: ['es_master', 'es_data_hot'],
}

export const hostsOf = (hosts: readonly InventoryHost[], group: string | null): readonly string[] =>
  hosts.filter(({ groups }) => group === null || groups.includes(group)).map(({ name }) => name)
