// What `node_lint.yml` finds on a host before it is a node. Reads only; a host that does not answer is a finding, not an error.
import { z } from 'zod'
import { type Look, sayOutcome } from '#sdk'
import { entryOf, type NewHost } from './wanted.ts'

const found = z.object({
  installed: z.boolean(),
  running: z.boolean(),
  version: z.string().nullable(),
  config: z
    .object({
      cluster_name: z.string().nullable(),
      node_name: z.string().nullable(),
      roles: z.array(z.string()).nullable(),
      attributes: z.record(z.string(), z.string()).default({}),
      seed_hosts: z.array(z.string()),
      initial_master_nodes: z.array(z.string()),
    })
    .nullable(),
  data: z.object({
    path: z.string(),
    empty: z.boolean(),
    node_id: z.string().nullable(),
    cluster_uuid: z.string().nullable(),
    free_bytes: z.number(),
    total_bytes: z.number(),
  }),
  certificate: z
    .object({ signed_by_cluster_ca: z.boolean(), days_left: z.number(), names: z.array(z.string()) })
    .nullable(),
  plugins: z.array(z.string()),
  clock_skew_ms: z.number(),
  problems: z.array(z.string()),
})
export type Found = z.infer<typeof found>

export interface Lint {
  readonly host: string
  readonly found: Found | null
  /** Why there is nothing found. */
  readonly problem: string | null
}

const stallMs = 120_000

export async function lintHosts(
  look: Pick<Look, 'ansible'>,
  hosts: readonly NewHost[],
  vars: { readonly members: readonly string[]; readonly clusterName: string; readonly clusterUuid: string },
): Promise<readonly Lint[]> {
  const { outcomes, results } = await look.ansible.play({
    playbook: 'node_lint.yml',
    hosts: hosts.map(({ name }) => name),
    extraHosts: hosts.map(entryOf),
    vars: {
      ops_members: vars.members,
      ops_cluster_name: vars.clusterName,
      ops_cluster_uuid: vars.clusterUuid,
    },
    stallMs,
  })
  return hosts.map(({ name }) => {
    const outcome = outcomes.get(name)
    if (outcome?.state !== 'ok') return { host: name, found: null, problem: sayOutcome(outcome) }
    const parsed = found.safeParse(results.get(name))
    if (parsed.success) return { host: name, found: parsed.data, problem: null }
    const [issue] = parsed.error.issues
    return {
      host: name,
      found: null,
      problem: `node_lint.yml handed back no usable ${issue?.path.join('.') || 'result'}`,
    }
  })
}
