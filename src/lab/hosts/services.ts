// What runs on the hosts of each group, and where it answers. A host of none of these groups is only a host so far.
import type { LabHost } from './table.ts'

export interface HostService {
  readonly service: string
  /** Unit of systemd; none where there is no service yet. */
  readonly unit: string | undefined
  readonly port: number
}

const services: Readonly<Record<string, HostService>> = {
  elasticsearch: { service: 'elasticsearch', unit: 'elasticsearch', port: 9200 },
  kafka: { service: 'kafka', unit: 'kafka', port: 9092 },
  vault: { service: 'vault', unit: 'vault', port: 8200 },
}

export function serviceOf({ groups }: Pick<LabHost, 'groups'>): HostService {
  const group = groups.find(name => name in services)
  return (group && services[group]) || { service: 'host', unit: undefined, port: 22 }
}
