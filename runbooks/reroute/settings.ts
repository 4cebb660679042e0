// Settings that are changed for good: what was left over is cleared, what the triage names is set. What somebody else has changed
// since the look is left as it is.
import { type Json, OpsError, type Run, sayFew } from '#sdk'
import { sayKept, splitChangeable } from './changeable.ts'

const kinds = { cluster: 'elasticsearch.cluster', index: 'elasticsearch.index' } as const

export function changeClusterSetting(
  run: Run,
  key: string,
  { name, scope }: { readonly name: string; readonly scope: 'persistent' | 'transient' },
): Promise<string> {
  return change(run, key, { kind: kinds.cluster, name, targets: [scope], value: null, where: scope })
}

export async function changeIndexSetting(
  run: Run,
  key: string,
  change_: { readonly name: string; readonly value: string | null; readonly indices: readonly string[] },
): Promise<string> {
  const { name, value, indices } = change_
  const { targets, kept } = await splitChangeable(run, key, indices)
  const left = sayKept(kept)
  if (targets.length === 0) return left
  const text = await change(run, key, { kind: kinds.index, name, targets, value, where: sayFew(targets, 3) })
  return left === '' ? text : `${text}; ${left}`
}

interface Change {
  readonly kind: string
  readonly name: string
  readonly targets: readonly string[]
  readonly value: string | null
  readonly where: string
}

type Before = readonly (readonly [target: string, value: Json])[]

async function change(run: Run, key: string, { kind, name, targets, value, where }: Change): Promise<string> {
  const read = async (): Promise<Before> => [...(await run.settings.read({ kind, name }, targets))]
  const before = await run.note(`${key}.before`, read)
  const isDone = (now: Before): boolean => now.every(([, found]) => found === value)
  await run.step({
    key: `${key}.set`,
    title: value === null ? `clear ${name} of ${where}` : `set ${name} of ${where} to ${value}`,
    before: before.map(([target, found]) => [target, found]),
    guard: async () => {
      const now = await read()
      const changed = now.filter(
        ([target, found]) => found !== value && !before.some(one => one[0] === target && one[1] === found),
      )
      if (changed.length === 0) return
      throw new OpsError('REROUTE_REFUSED', {
        message: `somebody has changed ${name} of ${changed.map(([target]) => target).join(', ')} meanwhile`,
      })
    },
    observe: async () => (isDone(await read()) ? { state: 'done', result: null } : { state: 'not-done' }),
    apply: async () => {
      await run.settings.write({ kind, name }, targets, value)
      return null
    },
    retries: 1,
  })
  const was = [...new Set(before.map(([, found]) => String(found ?? 'not set')))]
  return value === null ? `cleared (was ${sayFew(was, 3)})` : `set to ${value} (was ${sayFew(was, 3)})`
}
