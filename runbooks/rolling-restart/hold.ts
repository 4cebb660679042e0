// How the cluster is kept from copying the shards of a node that is away: the best means that it has. The choice is pure.
import { durationMs } from '#sdk'
import type { RestartFacts } from './facts.ts'
import type { RestartParams } from './params.ts'

export type HoldKind = 'shutdown-api' | 'index-delay' | 'primaries'

export interface Hold {
  readonly kind: HoldKind | 'none'
  readonly why: string
  /** How long the allocator waits for a node: as long as we would. */
  readonly delaySeconds: number
}

const shortestDelaySeconds = 600
const timesExpected = 3

export function chooseHold(facts: RestartFacts, { hold, giveUp }: RestartParams): Hold {
  const delaySeconds = Math.max(
    shortestDelaySeconds,
    Math.ceil((facts.secondsPerNode ?? 0) * timesExpected),
    Math.ceil(durationMs(giveUp) / 1000),
  )
  const indices = facts.map.indices.length
  const locked = facts.unchangeable
  const api = facts.capabilities.nodeShutdown
  const choice = hold === 'auto' ? best(api, locked.length < indices) : hold
  switch (choice) {
    case 'shutdown-api':
      return api
        ? {
            kind: choice,
            delaySeconds,
            why: `each node is announced to the shutdown API for ${delaySeconds} s`,
          }
        : { kind: 'none', delaySeconds, why: 'this cluster has no node-shutdown API; use --hold auto' }
    case 'index-delay':
      if (indices > 0 && locked.length >= indices)
        return {
          kind: 'none',
          delaySeconds,
          why: 'this user may change none of the indices; use --hold auto',
        }
      return {
        kind: choice,
        delaySeconds,
        why: `${noApi(api)}indices get an allocation delay of ${delaySeconds} s${except(locked)}`,
      }
    case 'primaries':
      return { kind: choice, delaySeconds, why: `${noApi(api)}only primaries are allocated during the run` }
  }
}

const best = (api: boolean, delay: boolean): HoldKind =>
  api ? 'shutdown-api' : delay ? 'index-delay' : 'primaries'

const noApi = (api: boolean): string => (api ? '' : 'no node-shutdown API here: ')

function except(locked: readonly string[]): string {
  if (locked.length === 0) return ''
  return `; ${locked.join(', ')} may not be changed by this user and will be copied if a node stays away over a minute`
}
