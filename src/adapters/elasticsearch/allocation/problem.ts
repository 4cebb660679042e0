// What is wrong with a copy on a disk, as one line.
import { z } from 'zod'

export const problem = z.object({
  type: z.string(),
  reason: z.string().nullish(),
  caused_by: z.object({ type: z.string(), reason: z.string().nullish() }).optional(),
})

const longest = 500

export function readProblem(found: z.output<typeof problem> | undefined): string | null {
  if (found === undefined) return null
  const parts = [found, found.caused_by].flatMap(one => (one ? [`${one.type}: ${one.reason ?? ''}`] : []))
  return parts.join('; ').slice(0, longest)
}
