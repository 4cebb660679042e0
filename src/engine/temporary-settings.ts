// Settings that a run changes for a while: what was there is journalled first, and it is given back only where the
// value is still ours.
import type { Json } from '../ports/json.ts'
import type { SettingsPort } from '../ports/settings.ts'
import type { TemporarySetting } from '../sdk/run.ts'
import { canonicalJson } from './hash.ts'
import type { Recorder } from './recorder.ts'
import type { SettingView } from './view.ts'

/**
 * Makes the setting true for all targets that do not have it from this run yet. With `verify`, targets that the
 * journal has as ours are looked at too: an earlier process may have died between intent and effect.
 */
export async function changeForAWhile(
  recorder: Recorder,
  settings: SettingsPort,
  { key, kind, name, value, targets }: TemporarySetting,
  verify: boolean,
): Promise<void> {
  const ours = recorder.view.settings.get(key)
  const fresh = targets.filter(target => !ours?.before.has(target))
  const again = ours === undefined || !verify ? [] : await notInPlace(settings, ours, targets)
  if (fresh.length === 0 && again.length === 0) return
  if (fresh.length > 0) {
    const before = groupByValue(await settings.read({ kind, name }, fresh))
    if (before.length === 0 && again.length === 0) return
    await recorder.append('setting.intent', { key, kind, name, value, before })
  }
  await settings.write({ kind, name }, [...again, ...fresh], value)
  await recorder.append('setting.changed', { key, kind, name, value, targets: again.length + fresh.length })
}

/** Gives a setting back; says which targets had been changed by somebody else and were left alone. */
export async function giveBack(recorder: Recorder, settings: SettingsPort, key: string): Promise<void> {
  const setting = recorder.view.settings.get(key)
  if (setting === undefined) return
  const address = { kind: setting.kind, name: setting.name }
  const targets = [...setting.before.keys()]
  const now = await settings.read(address, targets)
  const ours = targets.filter(target => now.has(target) && same(now.get(target), setting.value))
  const before = new Map(ours.map(target => [target, setting.before.get(target) ?? null]))
  for (const group of groupByValue(before)) {
    if (!same(group.value, setting.value)) await settings.write(address, group.targets, group.value)
  }
  const notOurs = targets.filter(
    target => now.has(target) && !ours.includes(target) && !same(now.get(target), setting.before.get(target)),
  )
  await recorder.append('setting.restored', {
    key,
    kind: setting.kind,
    name: setting.name,
    restored: ours.length,
    notOurs,
  })
}

/** Last changed first. Stops at the first that cannot be given back. */
export async function giveBackAll(recorder: Recorder, settings: SettingsPort): Promise<void> {
  for (const key of [...recorder.view.settings.keys()].reverse()) await giveBack(recorder, settings, key)
}

/** Targets journalled as ours that still have the value from before. */
async function notInPlace(
  settings: SettingsPort,
  ours: SettingView,
  targets: readonly string[],
): Promise<string[]> {
  const known = targets.filter(target => ours.before.has(target))
  const now = await settings.read({ kind: ours.kind, name: ours.name }, known)
  return known.filter(
    target =>
      now.has(target) && !same(now.get(target), ours.value) && same(now.get(target), ours.before.get(target)),
  )
}

function groupByValue(
  values: ReadonlyMap<string, Json>,
): { readonly value: Json; readonly targets: string[] }[] {
  const groups = new Map<string, { readonly value: Json; readonly targets: string[] }>()
  for (const [target, value] of values) {
    const group = groups.get(canonicalJson(value)) ?? { value, targets: [] }
    group.targets.push(target)
    groups.set(canonicalJson(value), group)
  }
  return [...groups.values()]
}

const same = (a: Json | undefined, b: Json | undefined): boolean =>
  canonicalJson(a ?? null) === canonicalJson(b ?? null)
