// How long members have not answered: a pause of one, for its garbage or its disk, is no departure. Reads only.
import type { Clock } from '#sdk'
import type { Watch } from './watch.ts'

/** Told of every look who was not among those that answered; says which of them are members all the same, and for how long. */
export type Silence = (absent: readonly string[]) => Promise<ReadonlyMap<string, number>>

export function listenForSilence({ clock }: { readonly clock: Clock }, watch: Watch): Silence {
  const sinceMs = new Map<string, number>()
  return async absent => {
    const members = absent.length === 0 ? [] : await watch.members(0)
    const silent = absent.filter(name => members.some(member => member.name === name))
    const nowMs = clock.monotonicMs()
    for (const name of [...sinceMs.keys()].filter(known => !silent.includes(known))) sinceMs.delete(name)
    for (const name of silent) sinceMs.set(name, sinceMs.get(name) ?? nowMs)
    return new Map([...sinceMs].map(([name, begunMs]) => [name, nowMs - begunMs]))
  }
}
