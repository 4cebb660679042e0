// A host leaves the Logstash fleet: stopped, its partitions read by others, and no host any more; then the next one.
import { durationMs, type Run } from '#sdk'
import { isRunning, startHost, stopHost } from '../../add-node/host-plays.ts'
import { waitForGroup } from '../../expand-partitions/wait-for-group.ts'
import { instanceOf, readInstances } from '../../kafka-lag/instances.ts'
import type { RemoveParams } from '../params.ts'
import { isInInventory, takeOutOfInventory } from '../tidy.ts'
import type { ShipperDetails } from './plan.ts'

export async function removeShippers(
  run: Run,
  { hosts }: ShipperDetails,
  { giveUp }: Pick<RemoveParams, 'giveUp'>,
): Promise<void> {
  for (const { name, service, group } of hosts) {
    await run.safePoint()
    if (await isInInventory(run, name)) {
      const known = readInstances((await run.ansible.inventory()).hosts, [name])
      await stopHost(run, name, service)
      // Where it was the last one nobody is left to wait for; a gate has asked for a reason.
      const rest = (await run.kafka.groups()).find(one => one.group === group)?.members ?? []
      if (rest.some(member => instanceOf(member, known) !== name))
        await waitForGroup(run, group, durationMs(giveUp), ({ members }) =>
          members.some(member => instanceOf(member, known) === name) ? `${name} is still a member` : null,
        )
    }
    await takeOutOfInventory(run, name)
  }
}

/** For an abort: who is still a host reads again. */
export async function takeShippersBack(run: Run, { hosts }: ShipperDetails): Promise<void> {
  for (const { name, service } of hosts)
    if ((await isInInventory(run, name)) && !(await isRunning(run, name, service)))
      await startHost(run, name, service)
}
