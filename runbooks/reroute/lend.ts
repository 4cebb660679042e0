// Settings that are lent: for as long as the copies need them, never longer than the expiry, and given back however it ends.
import { durationMs, type Run } from '#sdk'
import type { CopyName } from '../triage/diagnosis.ts'
import { sayKept, splitChangeable } from './changeable.ts'
import type { RerouteParams } from './params.ts'
import { awaitCopies, sayAwaited } from './settle.ts'

interface Lent {
  readonly kind: string
  readonly name: string
  readonly value: string
  readonly targets: readonly string[]
}

export const lendClusterSetting = (
  run: Run,
  key: string,
  { name, value }: { readonly name: string; readonly value: string },
  copies: readonly CopyName[],
  params: RerouteParams,
): Promise<string> =>
  lend(run, key, { kind: 'elasticsearch.cluster', name, value, targets: ['persistent'] }, copies, params)

export async function lendIndexSetting(
  run: Run,
  key: string,
  {
    name,
    value,
    indices,
  }: { readonly name: string; readonly value: string; readonly indices: readonly string[] },
  copies: readonly CopyName[],
  params: RerouteParams,
): Promise<string> {
  const { targets, kept } = await splitChangeable(run, key, indices)
  const left = sayKept(kept)
  // Nothing would be changed, so there is nothing to wait for.
  if (targets.length === 0) return left
  const helped = copies.filter(({ index }) => !kept.includes(index))
  const text = await lend(run, key, { kind: 'elasticsearch.index', name, value, targets }, helped, params)
  return left === '' ? text : `${text}; ${left}`
}

async function lend(
  run: Run,
  key: string,
  setting: Lent,
  copies: readonly CopyName[],
  { expiry, stall }: RerouteParams,
): Promise<string> {
  const lent = `${key}.lent`
  await run.safePoint()
  await run.temporarily({ key: lent, ...setting })
  const { left, because } = await awaitCopies(run, key, copies, {
    forMs: durationMs(expiry),
    stallMs: durationMs(stall),
  })
  await run.giveBack(lent)
  const why = { healed: '', stalled: `, nothing moved for ${stall}`, over: `, after ${expiry}` }[because]
  return `${sayAwaited(left)}${why}; ${setting.name} is given back`
}
