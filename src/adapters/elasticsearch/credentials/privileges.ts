// What `_has_privileges` says: of `ops` itself, and of somebody else in words. It asks, and changes nothing.
import { z } from 'zod'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'
import type { RoleDescriptor } from './kind.ts'

const path = '/_security/user/_has_privileges'

const heldAnswer = z.record(z.string(), z.boolean())
const privilegesAnswer = z.object({
  cluster: heldAnswer.default({}),
  index: z.record(z.string(), heldAnswer).default({}),
  application: z.record(z.string(), z.record(z.string(), heldAnswer)).default({}),
})

/** By name of the index. */
export async function askOwn(
  pool: Pool,
  names: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<string, boolean>>>> {
  const body = { index: [{ names, privileges: ['delete_index', 'read'] }] }
  const answer = await pool.read({ method: 'POST', path, body })
  return new Map(Object.entries(parse(privilegesAnswer, answer).index))
}

/** The question whether somebody has all of these rights; `null` where they are none. */
export function planQuestion(rights: readonly RoleDescriptor[]) {
  const body = {
    cluster: [...new Set(rights.flatMap(({ cluster }) => cluster ?? []))],
    index: rights
      .flatMap(({ indices }) => indices ?? [])
      .map(({ names, privileges, allow_restricted_indices = false }) => ({
        names,
        privileges,
        allow_restricted_indices,
      })),
    application: rights
      .flatMap(({ applications }) => applications ?? [])
      // The server answers for one application by its name.
      .filter(({ application }) => !application.includes('*')),
  }
  const count = body.cluster.length + body.index.length + body.application.length
  return count === 0 ? null : ({ method: 'POST', path, body } as const)
}

export function listLacking(body: unknown): readonly string[] {
  const found = privilegesAnswer.safeParse(body).data
  if (found === undefined) return ['nobody knows what: the answer has another form']
  const on = (where: string, rights: Readonly<Record<string, boolean>>) =>
    Object.entries(rights)
      .filter(([, has]) => !has)
      .map(([right]) => `${right}${where}`)
  return [
    ...on('', found.cluster),
    ...Object.entries(found.index).flatMap(([name, rights]) => on(` on ${name}`, rights)),
    ...Object.entries(found.application).flatMap(([application, resources]) =>
      Object.entries(resources).flatMap(([resource, rights]) => on(` on ${application} ${resource}`, rights)),
    ),
  ]
}
