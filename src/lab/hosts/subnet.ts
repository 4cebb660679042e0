// The /24 that all hosts of the lab are in. Traffic to it must never leave the machine.
import { readFileSync } from 'node:fs'
import { OpsError } from '../../errors/index.ts'

/** Such as 192.168.56.0/24. @throws OpsError INVENTORY_INVALID */
export function subnetOf(hosts: readonly { readonly name: string; readonly address: string }[]): string {
  const nets = new Map(hosts.map(({ name, address }) => [address.replace(/\.\d+$/, ''), name]))
  const [net, ...others] = nets.keys()
  if (net !== undefined && others.length === 0) return `${net}.0/24`
  throw new OpsError('INVENTORY_INVALID', {
    message: `the lab's hosts are not all in one /24: ${[...nets.values()].join(', ')}`,
    hint: 'give them addresses of one /24 in inventory/lab/hosts.yml',
  })
}

/** The interface of this machine that has the subnet, or none; a route that only refuses counts for none. */
export function whoHasSubnet(
  subnet: string,
  routes = readFileSync('/proc/net/route', 'utf8'),
): string | undefined {
  const hex = subnet
    .replace(/\/\d+$/, '')
    .split('.')
    .reverse()
    .map(part => Number(part).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
  const refuses = 0x200
  for (const line of routes.split('\n').slice(1)) {
    const [name, destination, , flags = '0'] = line.split('\t')
    if (destination === hex && name !== '*' && (Number.parseInt(flags, 16) & refuses) === 0) return name
  }
  return undefined
}
