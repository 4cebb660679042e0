// Says of each node that was lost that it is whole again, with what it had to copy. Reads and journals only.
import type { Run } from '#sdk'
import { noteTime } from './method.ts'

/** Not `.recovered`: how long a disaster takes says nothing of a restart. */
const keyOf = (node: string): string => `${node}.whole`

export async function tellNodesWhole(run: Run, hosts: readonly string[]): Promise<void> {
  const { indices } = await run.elasticsearch.shardMap()
  const members = await run.elasticsearch.members()
  for (const node of hosts) {
    const id = members.find(({ name }) => name === node)?.id
    const held = indices.filter(({ shards }) =>
      shards.some(({ copies }) => copies.some(copy => copy.node === id)),
    )
    const recovered = await run.elasticsearch.recoveredOnto(
      node,
      held.map(({ name }) => name),
    )
    await run.mark(keyOf(node), 'node.recovered', {
      node,
      seconds: await secondsSinceLoss(run),
      copies: held.reduce(
        (sum, { shards }) =>
          sum + shards.filter(({ copies }) => copies.some(copy => copy.node === id)).length,
        0,
      ),
      copiedBytes: recovered.reduce((sum, one) => sum + one.copiedBytes, 0),
      reusedBytes: recovered.reduce((sum, one) => sum + one.reusedBytes, 0),
    })
  }
}

export async function tellBrokerWhole(run: Run, { id, name }: { id: number; name: string }): Promise<void> {
  const partitions = await run.kafka.partitions()
  const seconds = await secondsSinceLoss(run)
  await run.mark(keyOf(name), 'node.recovered', {
    node: name,
    seconds,
    copies: partitions.filter(({ replicas }) => replicas.includes(id)).length,
    leaders: partitions.filter(({ leader }) => leader === id).length,
    outOfSyncSeconds: seconds,
  })
}

async function secondsSinceLoss(run: Run): Promise<number> {
  return Math.round((run.clock.now().getTime() - (await noteTime(run, 'declared'))) / 100) / 10
}
