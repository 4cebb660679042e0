// What a role hands back of each host, beside what it changed. Pure.
import { z } from 'zod'

const handedBack = z.object({
  /** The running service has, or would have, a newer config than it was started with: roles never restart a clustered one. */
  restart_needed: z.boolean().default(false),
  /** What the role cannot see to and a person should: a Vault that is sealed, a certificate that ends soon. */
  warnings: z.array(z.string()).default([]),
})

export interface HandedBack {
  readonly restart: readonly string[]
  /** `on HOST, HOST: TEXT`, each text once. */
  readonly warnings: readonly string[]
}

export function readHandedBack(hosts: readonly string[], results: ReadonlyMap<string, unknown>): HandedBack {
  const said = hosts.map(host => ({ host, ...(handedBack.safeParse(results.get(host)).data ?? nothing) }))
  const byText = Map.groupBy(
    said.flatMap(({ host, warnings }) => warnings.map(text => ({ host, text }))),
    ({ text }) => text,
  )
  return {
    restart: said.filter(({ restart_needed }) => restart_needed).map(({ host }) => host),
    warnings: [...byText].map(([text, ones]) => `on ${ones.map(({ host }) => host).join(', ')}: ${text}`),
  }
}

const nothing = handedBack.parse({})
