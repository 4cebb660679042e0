// What the cases on hosts have in common: one lab, `ops` on an inventory of its own, and a witness of the cluster.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { OpsError } from '../../../src/errors/index.ts'
import { type FaultRequest, setFault } from '../../../src/lab/hosts/faults/faults.ts'
import type { HostsLab } from '../../../src/lab/hosts/state.ts'
import { chooseHosts, readTable } from '../../../src/lab/hosts/table.ts'
import { waitFor } from '../../../src/lab/wait.ts'
import { isLong } from './long.ts'
import type { Witness } from './nodes.ts'
import type { OpsProcess } from './ops.ts'

export interface HostsUnderTest {
  readonly lab: HostsLab
  readonly witness: Witness
  /** On its inventory, told record by record. */
  readonly ops: OpsProcess
  readonly inventory: string
  readonly stateDir: string
  /** How many nodes of Elasticsearch there are. */
  readonly members: number
}

/** Hosts that another one of their kind stands for on every day; each is seconds of every play, and a start or two. */
const twins = ['es-data04', 'es-data05', 'logstash01']

/** The hosts that the lab is to have: all of them with --long. */
export const hostsPlayed: readonly string[] = readTable()
  .map(({ name }) => name)
  .filter(name => isLong || !twins.includes(name))

export const membersPlayed: number = chooseHosts(readTable(), ['elasticsearch']).filter(({ name }) =>
  hostsPlayed.includes(name),
).length

/** A copy of `inventory/lab` with those hosts alone: the checkout's own is everybody's, and stays as it is. */
export function layInventory(stateDir: string): string {
  const inventory = join(stateDir, 'inventory')
  cpSync(resolve(import.meta.dirname, '../../../inventory/lab'), inventory, { recursive: true })
  const file = join(inventory, 'hosts.yml')
  const isPlayed = (line: string) => hostsPlayed.some(name => line.includes(` ${name}:`))
  const lines = readFileSync(file, 'utf8').split('\n')
  writeFileSync(file, lines.filter(line => !line.includes('ansible_host:') || isPlayed(line)).join('\n'))
  return inventory
}

/** Does harm to a host for as long as the work takes, and takes it back whatever happens. */
export async function whileHarmed<T>(
  lab: HostsLab,
  fault: Omit<FaultRequest, 'off'>,
  work: () => Promise<T>,
): Promise<T> {
  await setFault(lab, fault)
  try {
    return await work()
  } finally {
    await setFault(lab, { ...fault, off: true })
  }
}

/** Returns when `ops doctor` has nothing to mend: a node that has joined opens its port for clients a moment later. */
export async function untilHealthy(ops: OpsProcess): Promise<void> {
  await waitFor({
    stallMs: 60_000,
    look: async () => {
      const { exitCode, stdout, stderr } = await ops(['doctor'])
      return exitCode === 0 ? { result: undefined } : { progress: stdout || stderr }
    },
    onStall: findings => new OpsError('STALLED', { message: `ops doctor goes on to say: ${findings}` }),
  })
}
