// What is kept of a verification, by `REPOSITORY/INDEX`: the last attempt, and when the index was last proven equal. A failed
// attempt must never hide how long ago that was.
import { z } from 'zod'
import type { EvidencePort, Run } from '#sdk'

const shape = z.object({
  snapshot: z.string(),
  at: z.string(),
  run: z.string(),
  /** `restored`: every shard is there, and there was no manifest to compare with. */
  verdict: z.enum(['equal', 'differs', 'not-restored', 'restored']),
  differences: z.array(z.string()),
  docs: z.number(),
  bytes: z.number(),
  seconds: z.number(),
  provenAt: z.string().nullable(),
})

export type Verification = z.infer<typeof shape>

const keyOf = (repository: string, index: string): string => `${repository}/${index}`

export async function readVerification(
  evidence: EvidencePort,
  repository: string,
  index: string,
): Promise<Verification | null> {
  return shape.safeParse(await evidence.get('verification', keyOf(repository, index))).data ?? null
}

/** By index of the repository; those that nobody has ever verified are left out. */
export async function readVerifications(
  evidence: EvidencePort,
  repository: string,
): Promise<ReadonlyMap<string, Verification>> {
  const found = new Map<string, Verification>()
  const prefix = keyOf(repository, '')
  for (const { key } of await evidence.list('verification')) {
    if (!key.startsWith(prefix)) continue
    const index = key.slice(prefix.length)
    const one = await readVerification(evidence, repository, index)
    if (one !== null) found.set(index, one)
  }
  return found
}

export function keepVerification(
  run: Run,
  repository: string,
  index: string,
  verdict: Omit<Verification, 'at' | 'run' | 'provenAt'>,
): Promise<null> {
  return run.step({
    key: `${index}.keep`,
    title: `keep what was found of ${index}`,
    observe: async () =>
      (await readVerification(run.evidence, repository, index))?.run === run.id
        ? { state: 'done', result: null }
        : { state: 'not-done' },
    apply: async () => {
      const now = run.clock.now()
      const before = await readVerification(run.evidence, repository, index)
      const at = now.toISOString()
      const provenAt = verdict.verdict === 'equal' ? at : (before?.provenAt ?? null)
      await run.evidence.put('verification', keyOf(repository, index), now, {
        ...{ ...verdict, differences: [...verdict.differences] },
        ...{ at, run: run.id, provenAt },
      })
      return null
    },
    retries: 1,
  })
}
