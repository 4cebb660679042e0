// Nodes that are to get no shard, or to lose all of theirs: one temporary setting, merged with what others have excluded. It never takes
// the name of a node out that this run has not put in.
import { type ClusterSettings, exitCodes, OpsError, type Run } from '#sdk'

export const excludeName = 'cluster.routing.allocation.exclude._name'

type Scope = 'persistent' | 'transient'

/** Where the exclusion has to stand to hold: a transient value hides the persistent one. Pure. */
export function chooseScope({ transient }: ClusterSettings): Scope {
  return (transient[excludeName] ?? '') === '' ? 'persistent' : 'transient'
}

/** What is excluded already stays, in its order. Pure. */
export function mergeNames(before: string | undefined, names: readonly string[]): string {
  return [...new Set([...listOf(before), ...names])].join(',')
}

/** Names that are excluded now, in whichever scope holds. Pure. */
export function excludedNames({ persistent, transient }: ClusterSettings): readonly string[] {
  const holding = transient[excludeName] ?? ''
  return listOf(holding === '' ? persistent[excludeName] : holding)
}

const listOf = (value: string | undefined): readonly string[] =>
  (value ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')

/** Until it is given back, at the latest at the end of the run. Does nothing where the names are excluded by this run already. */
export async function exclude(run: Run, key: string, names: readonly string[]): Promise<void> {
  const settings = await run.elasticsearch.clusterSettings()
  const scope = await run.note(`${key}.scope`, async () => chooseScope(settings))
  const value = mergeNames(settings[scope][excludeName], names)
  await run.temporarily({ key, kind: 'elasticsearch.cluster', name: excludeName, targets: [scope], value })
}

/**
 * Gives the exclusion back and looks whether it is gone.
 * @throws OpsError STALLED when somebody has changed the setting meanwhile, so that it is no longer ours to give back
 */
export async function include(run: Run, key: string, names: readonly string[]): Promise<void> {
  await run.giveBack(key)
  const left = excludedNames(await run.elasticsearch.clusterSettings()).filter(name => names.includes(name))
  if (left.length === 0) return
  throw new OpsError('STALLED', {
    message: `${left.join(', ')} ${left.length === 1 ? 'is' : 'are'} still excluded: somebody has changed ${excludeName} since this run set it`,
    hint: `take ${left.join(', ')} out of it, then: ops resume ${run.id}`,
    exitCode: exitCodes.failed,
  })
}
