// Who still uses an old secret, by what nodes have logged of refused logins. Pure.
import { z } from 'zod'
import type { Json } from '#sdk'

/** What `auth_failures.yml` hands back of one node. */
const handedBack = z.object({
  source: z.enum(['audit', 'tracer', 'log', 'none']),
  failures: z.array(
    z.object({
      principal: z.string().nullable(),
      address: z.string().nullable(),
      count: z.number(),
      last_ms: z.number().nullish(),
    }),
  ),
})

export type Refusals = z.infer<typeof handedBack>

export function readRefusals(result: Json | undefined): Refusals | null {
  const parsed = handedBack.safeParse(result)
  return parsed.success ? parsed.data : null
}

export const knowsNames = (source: Refusals['source']): boolean => source === 'audit' || source === 'tracer'

/** The same without a port. */
export const hostOf = (address: string): string =>
  /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? /^([^:]+):\d+$/.exec(address)?.[1] ?? address

/**
 * One sentence for each that was refused with an old secret. Where the source knows no names, whoever was refused from an address that is
 * none of the known consumers'; where it does, one without a name has sent none, as checks of a load balancer do.
 */
export function findForgotten(
  seen: readonly Refusals[],
  { principals, known }: { readonly principals: readonly string[]; readonly known: readonly string[] },
): readonly string[] {
  const suspects = seen.flatMap(({ source, failures }) =>
    failures.filter(({ principal, address }) => {
      if (principal !== null) return principals.includes(principal)
      return !knowsNames(source) && address !== null && !known.includes(hostOf(address))
    }),
  )
  const groups = Map.groupBy(
    suspects,
    ({ principal, address }) => `${principal} ${address && hostOf(address)}`,
  )
  return [...groups.values()].map(ones => {
    const [first] = ones
    const count = ones.reduce((sum, one) => sum + one.count, 0)
    const who = first?.principal ?? 'somebody'
    const where = first?.address == null ? 'an address that no node has logged' : hostOf(first.address)
    return `${who} was refused ${count} times, from ${where}`
  })
}
