// An inventory file in memory, whose hosts the fake Ansible sees: with the groups above their own, and what all nodes of the cluster
// are told. It keeps the promises of the port (test/contract/inventory-file.contract.ts runs on it and on files).
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { refuseSecrets } from '../../../src/adapters/inventory-file/refuse-secrets.ts'
import { OpsError } from '../../../src/errors/index.ts'
import type {
  InventoryChange,
  InventoryEntry,
  InventoryFilePort,
  InventoryPreview,
} from '../../../src/ports/inventory-file.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { FakeHost } from '../fake-ansible/fake-ansible.ts'

export interface FakeInventoryFileOptions {
  readonly entries: readonly InventoryEntry[]
  /** Groups that may stand without a host. */
  readonly groups?: readonly string[]
  /** Called after every write. */
  readonly onChange?: (entries: readonly InventoryEntry[]) => void
}

export class FakeInventoryFile implements InventoryFilePort {
  #entries: readonly InventoryEntry[]
  readonly #groups: ReadonlySet<string>
  readonly #onChange: (entries: readonly InventoryEntry[]) => void
  /** How often it was written. */
  writes = 0

  constructor({ entries, groups = [], onChange = () => {} }: FakeInventoryFileOptions) {
    this.#entries = entries
    this.#groups = new Set([...groups, ...entries.flatMap(one => one.groups)])
    this.#onChange = onChange
  }

  get names(): readonly string[] {
    return this.#entries.map(({ name }) => name)
  }

  /** Somebody else edits the file. */
  edit(change: InventoryChange): void {
    this.#put(this.#changed([change]))
  }

  async entries(): Promise<readonly InventoryEntry[]> {
    return structuredClone(this.#entries)
  }

  async preview(changes: readonly InventoryChange[]): Promise<InventoryPreview> {
    const lines = (entries: readonly InventoryEntry[]) => entries.map(one => JSON.stringify(one))
    const [before, after] = [lines(this.#entries), lines(this.#changed(changes))]
    const gone = before.filter(line => !after.includes(line)).map(line => `-${line}\n`)
    const come = after.filter(line => !before.includes(line)).map(line => `+${line}\n`)
    return { file: 'inventory/fake/hosts.yml', sha256: this.#sha256(), diff: [...gone, ...come].join('') }
  }

  async write(changes: readonly InventoryChange[], sha256: string): Promise<void> {
    if (sha256 !== this.#sha256())
      throw new OpsError('PLAN_CHANGED', { message: 'inventory/fake/hosts.yml has been changed by somebody' })
    this.#put(this.#changed(changes))
  }

  #put(entries: readonly InventoryEntry[]): void {
    if (isDeepStrictEqual(entries, this.#entries)) return
    this.#entries = entries
    this.writes += 1
    this.#onChange(entries)
  }

  #sha256(): string {
    return createHash('sha256').update(JSON.stringify(this.#entries)).digest('hex')
  }

  #changed(changes: readonly InventoryChange[]): readonly InventoryEntry[] {
    refuseSecrets(changes)
    return changes.reduce((entries, change) => {
      const name = change.do === 'add' ? change.entry.name : change.name
      if (change.do === 'remove') return entries.filter(one => one.name !== name)
      const unknown = change.entry.groups.find(group => !this.#groups.has(group))
      if (unknown !== undefined)
        throw new OpsError('INVENTORY_INVALID', {
          message: `inventory/fake/hosts.yml has no group ${unknown}`,
        })
      if (entries.some(one => isDeepStrictEqual(one, change.entry))) return entries
      return [...entries.filter(one => one.name !== name), structuredClone(change.entry)]
    }, this.#entries)
  }
}

/** Hosts of a fake world as they stand in a file: without the groups that only hold groups. */
export function entriesOf(hosts: readonly FakeHost[]): readonly InventoryEntry[] {
  return hosts.map(({ name, groups = [], vars = {} }) => ({
    name,
    groups: groups.filter(group => group !== 'elasticsearch' || !groups.some(one => one.startsWith('es_'))),
    vars: ownVars(vars),
  }))
}

const ownVars = (vars: JsonObject): InventoryEntry['vars'] =>
  Object.fromEntries(
    Object.entries(vars).filter((pair): pair is [string, string | number | boolean] =>
      ['string', 'number', 'boolean'].includes(typeof pair[1]),
    ),
  )

/** The hosts that Ansible reads in the file: those of the world as they were, and what has come since. */
export function hostsOf(entries: readonly InventoryEntry[], known: readonly FakeHost[]): readonly FakeHost[] {
  return entries.map(entry => known.find(({ name }) => name === entry.name) ?? newHost(entry, known))
}

function newHost({ name, groups, vars }: InventoryEntry, known: readonly FakeHost[]): FakeHost {
  const isNode = groups.some(group => group.startsWith('es_'))
  const sibling = known.find(host =>
    isNode ? host.groups?.includes('elasticsearch') : sharesGroup(host, groups),
  )
  return {
    name,
    groups: isNode ? ['elasticsearch', ...groups] : groups,
    vars: { ...shared(sibling?.vars ?? {}), ...vars },
  }
}

const sharesGroup = (host: FakeHost, groups: readonly string[]): boolean =>
  groups.some(group => host.groups?.includes(group))

/** What a group says, and not a host. */
const shared = ({ ansible_host: _own, ...rest }: JsonObject): JsonObject => rest
