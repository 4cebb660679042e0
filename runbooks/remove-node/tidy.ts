// What a node leaves behind when it is gone: its data (where a person approved that), its place in the inventory, its name in the
// configuration of others. It never touches a node that runs.
import { z } from 'zod'
import { OpsError, outcomeError, type Run, sayOutcome } from '#sdk'
import type { RemoveParams } from './params.ts'
import type { PlannedNode, RemoveDetails } from './plan.ts'

const playStallMs = 180_000
const playVars = (run: Run) => ({ ops_service: 'elasticsearch', ops_run: run.id, ops_fencing: run.fencing })

export async function forgetNode(
  run: Run,
  node: PlannedNode,
  { wipe }: Pick<RemoveParams, 'wipe'>,
): Promise<void> {
  if (wipe && node.id !== null) await wipeNode(run, node.name, node.id)
  await takeOutOfInventory(run, node.name)
}

export const wipingKey = (name: string): string => `${name}.wiping`

async function wipeNode(run: Run, name: string, id: string): Promise<void> {
  // From here on there is no way back for this node, and an abort has to know.
  await run.note(wipingKey(name), async () => true)
  if (!(await isInInventory(run, name))) return
  await run.step({
    key: `${name}.wipe`,
    title: `remove the data of ${name}`,
    // A second play finds nothing to remove, and removes nothing of another node.
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      const played = await run.ansible.play({
        ...{ playbook: 'node_wipe.yml', hosts: [name], stallMs: playStallMs, signal: run.signal },
        vars: { ...playVars(run), ops_node_id: id },
      })
      if (played.outcomes.get(name)?.state !== 'ok') throw outcomeError(name, played)
      return played.results.get(name) ?? null
    },
    retries: 1,
  })
}

export async function isInInventory({ inventoryFile }: Pick<Run, 'inventoryFile'>, name: string) {
  return (await inventoryFile.entries()).some(one => one.name === name)
}

export async function takeOutOfInventory(run: Run, name: string, key = `${name}.inventory`): Promise<void> {
  await run.step({
    key,
    title: `take ${name} out of the inventory`,
    observe: async () =>
      (await isInInventory(run, name)) ? { state: 'not-done' } : { state: 'done', result: null },
    apply: async () => {
      const changes = [{ do: 'remove' as const, name }]
      const { sha256 } = await run.inventoryFile.preview(changes)
      await run.inventoryFile.write(changes, sha256)
      return null
    },
    retries: 1,
  })
}

const handedBack = z.object({ changed: z.boolean(), needs_restart: z.boolean().default(false) })

/** A host that cannot be written keeps nobody from having left: it is named, and written by the next deploy. */
export async function writeSeeds(
  run: Run,
  { named, nodes }: Pick<RemoveDetails, 'named' | 'nodes'>,
  key: string,
): Promise<void> {
  const known = (await run.ansible.inventory()).hosts
  const hosts = named.filter(name => known.some(one => one.name === name))
  const gone = new Set(nodes.map(({ name }) => name))
  const members = known
    .filter(({ name, groups }) => groups.includes('elasticsearch') && !gone.has(name))
    .map(({ name }) => name)
  if (hosts.length === 0) return
  const { failed, stale } = await run.step({
    key,
    title: `write the names of the members on ${hosts.length} hosts`,
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      const { outcomes, results } = await run.ansible.play({
        ...{ playbook: 'node_seeds.yml', hosts, stallMs: playStallMs, signal: run.signal },
        vars: { ...playVars(run), ops_members: members },
      })
      const troubled = hosts.filter(host => outcomes.get(host)?.state !== 'ok')
      if (troubled.length === hosts.length)
        throw new OpsError('ANSIBLE_FAILED', {
          message: `no host could be told who the members are: ${troubled[0]} ${sayOutcome(outcomes.get(troubled[0] ?? ''))}`,
          hint: `see to Ansible, then: ops resume ${run.id}`,
        })
      return {
        failed: troubled.map(host => `${host} ${sayOutcome(outcomes.get(host))}`),
        stale: hosts.filter(host => handedBack.safeParse(results.get(host)).data?.needs_restart === true),
      }
    },
    retries: 2,
  })
  if (failed.length > 0)
    await run.mark(`${key}.failed`, 'remark', {
      text: `not told who the members are: ${failed.join('; ')}; ops run deploy does it`,
    })
  if (stale.length > 0)
    await run.mark(`${key}.stale`, 'remark', {
      text: `they read the new names at their next start: ${stale.join(', ')}`,
    })
}
