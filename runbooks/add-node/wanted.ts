// The hosts that are to be added, from the command line or from Terraform, in one shape.
import { type InventoryEntry, type Look, OpsError } from '#sdk'
import type { AddParams } from './params.ts'
import { readTerraform } from './read-terraform.ts'

/** Groups whose hosts are added like this. */
export const addable = /^(es_[a-z_]+|logstash)$/

/** A host that the inventory does not have yet. */
export type NewHost = {
  readonly name: string
  readonly group: string
  readonly address: string
  /** Variables of its own beside the address. */
  readonly vars: Readonly<Record<string, string | number | boolean>>
}

export async function chooseHosts(look: Look, params: AddParams): Promise<readonly NewHost[]> {
  const { name, group = '', address = '', terraform } = params
  if (name !== undefined) {
    const addresses = address.split(',')
    return name.split(',').map((one, at) => ({ name: one, group, address: addresses[at] ?? '', vars: {} }))
  }
  const declared = await readTerraform(terraform ?? '')
  const { hosts } = await look.ansible.inventory()
  const known = new Set(hosts.map(host => host.name))
  const chosen = declared.filter(
    one => !known.has(one.name) && (group === '' ? addable.test(one.group) : one.group === group),
  )
  if (chosen.length > 0) return chosen
  throw new OpsError('NO_HOSTS_MATCHED', {
    message: `the inventory has every host${group === '' ? '' : ` of ${group}`} that Terraform has made (${declared.length})`,
    hint: 'raise the count of a group in Terraform and apply that first, or give --name, --group and --address',
  })
}

export const entryOf = ({ name, group, address, vars }: NewHost): InventoryEntry => ({
  name,
  groups: [group],
  vars: { ansible_host: address, ...vars },
})
