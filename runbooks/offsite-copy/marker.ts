// The marker beside the copy, and what both ends look like, as playbooks/offsite_look.yml hands it back.
import { z } from 'zod'

const count = z.coerce.number().int().nonnegative()

/** Written by the role offsite_copy; what an older or a newer one adds is passed over. */
export const marker = z.object({
  state: z.enum(['unfinished', 'finished']),
  run: z.string(),
  /** What the last run was to bring the copy to. */
  generation: count,
  /** The generation of which everything is at the store, and stays there until another one is whole; `null`: none. */
  whole: count.nullable().default(null),
  whole_bytes: count.nullable().default(null),
  started_at: z.string(),
  ended_at: z.string().optional(),
  moved: z.object({ bytes: count, files: count }).default({ bytes: 0, files: 0 }),
  files: count.default(0),
  /** Files at the store that the repository no longer has. */
  surplus: count.default(0),
  /** `NAME UUID` of every snapshot in the whole copy. */
  snapshots: z.array(z.string()).default([]),
})
export type Marker = z.infer<typeof marker>

const looked = z.object({
  /** Its version; `null` where it is not installed. */
  rclone: z.string().nullable(),
  source: z
    .object({
      exists: z.boolean(),
      generation: count.nullable(),
      missing: z.array(z.string()),
      bytes: count.nullable(),
    })
    .nullable(),
  store: z.object({ problem: z.string().nullable(), marker: z.unknown() }),
  target: z.object({ entries: count, fetched: z.boolean(), free: count }).nullable(),
})

export interface Ends extends Omit<z.infer<typeof looked>, 'store'> {
  readonly store: { readonly problem: string | null; readonly marker: Marker | null }
}

/** A marker that cannot be understood is a problem of the store: nothing may be concluded from it. */
export function readEnds(handedBack: unknown): Ends {
  const { store, ...others } = looked.parse(handedBack)
  if (store.marker === null || store.marker === undefined)
    return { ...others, store: { problem: store.problem, marker: null } }
  const read = marker.safeParse(store.marker)
  return read.success
    ? { ...others, store: { problem: store.problem, marker: read.data } }
    : { ...others, store: { problem: 'the marker beside the copy cannot be understood', marker: null } }
}
