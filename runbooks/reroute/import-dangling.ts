// Takes one index that only lies on disks into the cluster again. Never one that was not named by hand, never over another.
import { OpsError, type Run } from '#sdk'
import { explainImport } from './gates/asked.ts'
import type { RerouteParams } from './params.ts'

export async function importDangling(
  run: Run,
  key: string,
  { uuid, index }: { readonly uuid: string; readonly index: string },
  _params: RerouteParams,
): Promise<string> {
  const indices = async () => (await run.elasticsearch.shardMap()).indices
  await run.step({
    key: `${key}.import`,
    title: `import ${index} (${uuid})`,
    guard: async () => {
      const found = (await run.allocation.dangling()).find(one => one.uuid === uuid)
      if (found === undefined)
        throw new OpsError('REROUTE_REFUSED', { message: `${index} (${uuid}) is dangling no more` })
      const facts = { indices: (await indices()).map(({ name }) => name), nowMs: run.clock.now().getTime() }
      const why = explainImport(found, facts)
      if (why !== null) throw new OpsError('REROUTE_REFUSED', { message: why })
    },
    observe: async () => {
      const there = (await indices()).some(({ name }) => name === index)
      const dangling = there && (await run.allocation.dangling()).some(one => one.uuid === uuid)
      return there && !dangling ? { state: 'done', result: null } : { state: 'not-done' }
    },
    apply: async () => {
      await run.allocation.importDangling(uuid)
      return null
    },
  })
  return 'imported; look at its documents before anybody writes to it'
}
