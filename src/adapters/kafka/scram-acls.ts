// ACLs of one user: read, copied to another, taken away. It must never touch those of another user, nor those of everybody (`User:*`): what
// is deleted is named in full, never by a pattern.
import { z } from 'zod'
import { type Call, problem } from './call.ts'
import { type Comparable, confirmEach, readAgreed } from './each-broker.ts'
import { nameCode, refused, refusedWith } from './errors.ts'
import type { Pool } from './pool.ts'
import { loadWires } from './vendor.ts'

/** What somebody may do, or may not; in the numbers of the protocol, because newer brokers know more than we do. */
export interface Acl {
  readonly resourceType: number
  readonly resourceName: string
  readonly resourcePatternType: number
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

export const resources = { topic: 2 } as const
export const patterns = { literal: 3, prefixed: 4 } as const
export const operations = { all: 2, read: 3, write: 4 } as const
export const permissions = { deny: 2, allow: 3 } as const

const resourceNames = ['', '', 'topic', 'group', 'cluster', 'transactional id', 'delegation token', 'user']
const patternNames = ['', '', '', 'literal', 'prefixed']
export const operationNames = [
  '',
  '',
  'All',
  'Read',
  'Write',
  'Create',
  'Delete',
  'Alter',
  'Describe',
  'ClusterAction',
  'DescribeConfigs',
  'AlterConfigs',
  'IdempotentWrite',
  'CreateTokens',
  'DescribeTokens',
  'TwoPhaseCommit',
]

/** `allow Write on topic raw-logs (literal) from *`: equal rights are equal text. */
export function sayAcl(acl: Acl): string {
  const named = (names: readonly string[], code: number): string => names[code] || `code ${code}`
  const permission = acl.permissionType === permissions.allow ? 'allow' : 'deny'
  const resource = `${named(resourceNames, acl.resourceType)} ${acl.resourceName}`
  return `${permission} ${named(operationNames, acl.operation)} on ${resource} (${named(patternNames, acl.resourcePatternType)}) from ${acl.host}`
}

const acls = z.object({
  errorCode: z.number(),
  errorMessage: z.string().nullable(),
  resources: z.array(
    z.object({
      resourceType: z.number(),
      resourceName: z.string(),
      resourcePatternType: z.number(),
      acls: z.array(
        z.object({
          principal: z.string(),
          host: z.string(),
          operation: z.number(),
          permissionType: z.number(),
        }),
      ),
    }),
  ),
})

const any = 1
const securityDisabled = 54
const principalOf = (name: string): string => `User:${name}`

const describeCall = (name: string): Call<typeof acls> => ({
  name: 'DescribeAcls',
  api: wires => wires.describeAclsV3.api,
  args: [
    {
      resourceType: any,
      resourceName: null,
      resourcePatternType: any,
      principal: principalOf(name),
      host: null,
      operation: any,
      permissionType: any,
    },
  ],
  schema: acls,
})

async function toAcls({
  errorCode,
  errorMessage,
  resources: rows,
}: z.output<typeof acls>): Promise<readonly Acl[] | null> {
  if (errorCode === securityDisabled) return null
  const trouble = problem(errorCode, errorMessage)
  if (trouble) throw await refusedWith('reading ACLs', trouble)
  return rows
    .flatMap(({ acls: inside, ...resource }) =>
      inside.map(({ principal: _same, ...one }) => ({ ...resource, ...one })),
    )
    .sort((a, b) => (sayAcl(a) < sayAcl(b) ? -1 : 1))
}

const sayAcls = (acls: readonly Acl[] | null): string => acls?.map(sayAcl).join('\n') ?? 'no authorizer'

const questionOf = (name: string): Comparable<typeof acls, readonly Acl[] | null> => ({
  subject: `the ACLs of ${name}`,
  call: describeCall(name),
  read: toAcls,
  say: sayAcls,
})

/**
 * Of this user and no other, sorted, as all brokers say; `null` where they have no authorizer: everybody may do everything.
 * @throws OpsError CLUSTER_BUSY
 */
export const readAcls = (pool: Pool, name: string): Promise<readonly Acl[] | null> =>
  readAgreed(pool, questionOf(name))

/** Gives `name` the ACLs of `like`, and takes away what `like` does not have. */
export async function copyAcls(pool: Pool, like: string, name: string): Promise<void> {
  if (like === name) return
  const wanted = await readAcls(pool, like)
  const there = await readAcls(pool, name)
  if (wanted === null || there === null) return
  await createAcls(pool, name, without(wanted, there))
  await deleteAcls(pool, name, without(there, wanted))
  await confirm(pool, name, wanted)
}

export async function removeAcls(pool: Pool, name: string): Promise<void> {
  const there = await readAcls(pool, name)
  if (there === null || there.length === 0) return
  await deleteAcls(pool, name, there)
  await confirm(pool, name, [])
}

function without(some: readonly Acl[], others: readonly Acl[]): readonly Acl[] {
  const known = new Set(others.map(sayAcl))
  return some.filter(acl => !known.has(sayAcl(acl)))
}

const createAnswer = z.object({
  results: z.array(z.object({ errorCode: z.number(), errorMessage: z.string().nullable() })),
})

async function createAcls(pool: Pool, name: string, wanted: readonly Acl[]): Promise<void> {
  if (wanted.length === 0) return
  const { results } = await pool.write({
    name: 'CreateAcls',
    api: wires => wires.createAclsV3.api,
    args: [wanted.map(acl => ({ ...acl, principal: principalOf(name) }))],
    schema: createAnswer,
    slow: true,
  })
  await throwFirst(`an ACL of the user ${name}`, results)
}

const deleteAnswer = z.object({
  filterResults: z.array(
    z.object({
      errorCode: z.number(),
      errorMessage: z.string().nullable(),
      matchingAcls: z.array(z.object({ errorCode: z.number(), errorMessage: z.string().nullable() })),
    }),
  ),
})

async function deleteAcls(pool: Pool, name: string, gone: readonly Acl[]): Promise<void> {
  if (gone.length === 0) return
  const { filterResults } = await pool.write({
    name: 'DeleteAcls',
    api: wires => wires.deleteAclsV3.api,
    args: [gone.map(acl => ({ ...acl, principal: principalOf(name) }))],
    schema: deleteAnswer,
    slow: true,
  })
  await throwFirst(`taking an ACL from the user ${name}`, [
    ...filterResults,
    ...filterResults.flatMap(({ matchingAcls }) => matchingAcls),
  ])
}

async function throwFirst(
  what: string,
  results: readonly { readonly errorCode: number; readonly errorMessage: string | null }[],
): Promise<void> {
  const bad = results.find(({ errorCode }) => errorCode !== 0)
  if (bad) throw refused(what, nameCode(await loadWires(), bad.errorCode), bad.errorMessage)
}

const confirm = (pool: Pool, name: string, wanted: readonly Acl[]): Promise<void> =>
  confirmEach(pool, questionOf(name), there => sayAcls(there) === sayAcls(wanted))
