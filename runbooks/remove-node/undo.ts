// Takes a removal back, by what the world is like: a node that is still a host stays one, and runs again. One that was wiped, or is no
// host any more, stays gone. Can be killed and begun again at any moment.
import { durationMs, type Run } from '#sdk'
import { startAndWait } from '../rolling-restart/come-back.ts'
import { giveDrainBack } from './drain.ts'
import { giveVotesBack } from './let-go.ts'
import type { RemoveParams } from './params.ts'
import type { PlannedNode, RemoveDetails } from './plan.ts'
import { isInInventory, takeOutOfInventory, wipingKey, writeSeeds } from './tidy.ts'

export async function takeRemovalBack(
  run: Run,
  details: RemoveDetails,
  params: Pick<RemoveParams, 'giveUp'>,
): Promise<void> {
  const key = (what: string): string => `undo.${run.fencing}.${what}`
  const names = new Set(details.nodes.map(({ name }) => name))
  const { exclusions } = await run.elasticsearch.coordination()
  if (exclusions.some(({ nodeName }) => names.has(nodeName))) await giveVotesBack(run, key('votes'), false)
  await giveDrainBack(run, details, key('withdraw'))
  const gone: string[] = []
  for (const node of details.nodes) {
    if (node.id === null) continue
    if (!(await isInInventory(run, node.name))) gone.push(node.name)
    else if (await run.note(wipingKey(node.name), async () => false)) {
      await takeOutOfInventory(run, node.name, key(`${node.name}.inventory`))
      gone.push(node.name)
    } else await bringBack(run, node, params, key)
  }
  if (gone.length === 0) return
  const removed = details.nodes.filter(({ name }) => gone.includes(name))
  await writeSeeds(run, { named: details.named, nodes: removed }, key('seeds'))
  await run.mark('undo.gone', 'remark', { text: `too late for ${gone.join(', ')}: removed, and stays so` })
}

async function bringBack(
  run: Run,
  { name, id }: PlannedNode,
  { giveUp }: Pick<RemoveParams, 'giveUp'>,
  key: (what: string) => string,
): Promise<void> {
  const find = async () => (await run.elasticsearch.members()).find(one => one.id === id)
  if ((await find()) !== undefined) return
  await run.step({
    key: key(`${name}.start`),
    title: `start elasticsearch on ${name} again`,
    observe: async () =>
      (await find()) === undefined ? { state: 'not-done' } : { state: 'done', result: null },
    apply: async () => {
      await startAndWait(
        {
          run,
          node: name,
          service: 'elasticsearch',
          giveUpMs: durationMs(giveUp),
          title: 'joins again',
          find,
        },
        null,
      )
      return null
    },
  })
  await run.mark(`${name}.back`, 'node.back', { node: name })
}
