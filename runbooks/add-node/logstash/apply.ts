// A host joins the Logstash fleet: entry, set-up, start, and its consumers are members of the group. Until then all of it is taken back
// when something goes wrong.
import { durationMs, OpsError, type Run, toOpsError } from '#sdk'
import { waitForGroup } from '../../expand-partitions/wait-for-group.ts'
import { instanceOf, readInstances } from '../../kafka-lag/instances.ts'
import { refused, removeEntries, writeEntries } from '../entry.ts'
import { deployHosts, isRunning, startHost, stopHost } from '../host-plays.ts'
import type { AddParams } from '../params.ts'
import type { ShipperDetails } from './plan.ts'

export async function applyShippers(run: Run, details: ShipperDetails, params: AddParams): Promise<void> {
  const { hosts, service, group, inventorySha256 } = details
  const names = hosts.map(({ name }) => name)
  const begun = await run.note('fleet.begun', async () => run.fencing)
  try {
    await writeEntries(run, hosts, begun === run.fencing ? inventorySha256 : null)
    await deployHosts(run, names)
    for (const name of names) await startHost(run, name, service)
    const known = readInstances((await run.ansible.inventory()).hosts, names)
    await waitForGroup(run, group, durationMs(params.giveUp), ({ members }) => {
      const missing = names.filter(name => !members.some(member => instanceOf(member, known) === name))
      return missing.length === 0 ? null : `without ${missing.join(', ')}`
    })
  } catch (thrown) {
    if (run.signal.aborted || !(thrown instanceof OpsError)) throw thrown
    // What has gone wrong first is what has to be known.
    const left = await takeBackShippers(run, details).then(
      () => null,
      also => `it could not be taken back (${toOpsError(also).message}): ops abort ${run.id}`,
    )
    throw refused(run, names, thrown, left)
  }
}

/** Consumers that are gone give their partitions to the others; no record is lost by it. */
export async function takeBackShippers(run: Run, { hosts, service }: ShipperDetails): Promise<void> {
  const known = new Set((await run.ansible.inventory()).hosts.map(({ name }) => name))
  const names = hosts.map(({ name }) => name).filter(name => known.has(name))
  for (const name of names) if (await isRunning(run, name, service)) await stopHost(run, name, service)
  await removeEntries(run, names)
}
