// Quotas of one user: one that takes turns with another would else fall back to those of everybody, and be slowed down. It must never touch
// those of another user, nor the default ones.
import { z } from 'zod'
import { type Call, problem } from './call.ts'
import { type Comparable, confirmEach, readAgreed } from './each-broker.ts'
import { nameCode, refused, refusedWith } from './errors.ts'
import type { Pool } from './pool.ts'
import { loadWires } from './vendor.ts'

const entity = z.object({ entityType: z.string(), entityName: z.string().nullable() })

export interface Quota {
  /** What it is bound to besides the user: a client id, by name or (`null`) any other. */
  readonly of: readonly z.output<typeof entity>[]
  readonly key: string
  readonly value: number
}

const sayPlace = ({ of, key }: Quota): string =>
  [
    key,
    ...of.map(({ entityType, entityName }) => `for ${entityType} ${entityName ?? 'of any other name'}`),
  ].join(' ')

/** `quota producer_byte_rate for client-id logstash: 1048576`: equal quotas are equal text. */
export const sayQuota = (quota: Quota): string => `quota ${sayPlace(quota)}: ${quota.value}`

const described = z.object({
  errorCode: z.number(),
  errorMessage: z.string().nullable(),
  entries: z
    .array(
      z.object({
        entity: z.array(entity),
        values: z.array(z.object({ key: z.string(), value: z.number() })),
      }),
    )
    .nullable(),
})

const user = 'user'
const exactly = 0

const describeCall = (name: string): Call<typeof described> => ({
  name: 'DescribeClientQuotas',
  api: wires => wires.describeClientQuotasV1.api,
  args: [[{ entityType: user, matchType: exactly, match: name }], false],
  schema: described,
})

async function toQuotas({
  errorCode,
  errorMessage,
  entries,
}: z.output<typeof described>): Promise<readonly Quota[]> {
  const trouble = problem(errorCode, errorMessage)
  if (trouble) throw await refusedWith('reading quotas', trouble)
  return (entries ?? [])
    .flatMap(({ entity: parts, values }) => {
      const of = parts.filter(({ entityType }) => entityType !== user)
      return values.map(({ key, value }) => ({ of, key, value }))
    })
    .sort((a, b) => (sayQuota(a) < sayQuota(b) ? -1 : 1))
}

const sayQuotas = (quotas: readonly Quota[]): string => quotas.map(sayQuota).join('\n')

const questionOf = (name: string): Comparable<typeof described, readonly Quota[]> => ({
  subject: `the quotas of ${name}`,
  call: describeCall(name),
  read: toQuotas,
  say: sayQuotas,
})

/** Sorted, as all brokers say. @throws OpsError CLUSTER_BUSY */
export const readQuotas = (pool: Pool, name: string): Promise<readonly Quota[]> =>
  readAgreed(pool, questionOf(name))

/** Gives `name` the quotas of `like`, and takes away what `like` does not have. */
export async function copyQuotas(pool: Pool, like: string, name: string): Promise<void> {
  if (like !== name) await setQuotas(pool, name, await readQuotas(pool, like))
}

export const removeQuotas = (pool: Pool, name: string): Promise<void> => setQuotas(pool, name, [])

const altered = z.object({
  entries: z.array(z.object({ errorCode: z.number(), errorMessage: z.string().nullable() })),
})

async function setQuotas(pool: Pool, name: string, wanted: readonly Quota[]): Promise<void> {
  const there = await readQuotas(pool, name)
  const places = new Set(wanted.map(sayPlace))
  const known = new Set(there.map(sayQuota))
  const changes = [
    ...there.filter(quota => !places.has(sayPlace(quota))).map(quota => ({ quota, remove: true })),
    ...wanted.filter(quota => !known.has(sayQuota(quota))).map(quota => ({ quota, remove: false })),
  ]
  if (changes.length === 0) return
  const { entries } = await pool.write({
    name: 'AlterClientQuotas',
    api: wires => wires.alterClientQuotasV1.api,
    args: [
      changes.map(({ quota: { of, key, value }, remove }) => ({
        entities: [{ entityType: user, entityName: name }, ...of],
        ops: [{ key, value, remove }],
      })),
      false,
    ],
    schema: altered,
    slow: true,
  })
  const bad = entries.find(({ errorCode }) => errorCode !== 0)
  if (bad)
    throw refused(`a quota of the user ${name}`, nameCode(await loadWires(), bad.errorCode), bad.errorMessage)
  await confirm(pool, name, wanted)
}

const confirm = (pool: Pool, name: string, wanted: readonly Quota[]): Promise<void> =>
  confirmEach(pool, questionOf(name), there => sayQuotas(there) === sayQuotas(wanted))
