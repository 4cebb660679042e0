// What drills leave as evidence, and how the last ones compare. Reads only; words are pure.
import { z } from 'zod'
import type { Look } from '#sdk'
import type { ScenarioName } from './params.ts'

const drillShape = z.object({
  scenario: z.string(),
  run: z.string(),
  cluster: z.string(),
  /** When the loss began; ISO 8601. */
  at: z.string(),
  verdict: z.enum(['proven', 'missed', 'failed']),
  /** `null` where it did not get that far. */
  rtoSeconds: z.number().nullable(),
  rpoSeconds: z.number().nullable(),
  targets: z.object({ rtoSeconds: z.number(), rpoSeconds: z.number() }),
  phases: z.array(z.object({ what: z.string(), seconds: z.number() })),
  proven: z.array(z.string()),
  troubles: z.array(z.string()),
})
export type DrillRecord = z.infer<typeof drillShape>

export const drillKey = (scenario: ScenarioName, run: string): string => `${scenario}/${run}`

const most = 12

/** The last drills of a scenario, newest first. */
export async function readDrills(
  { evidence }: Look,
  scenario: ScenarioName,
): Promise<readonly DrillRecord[]> {
  const keys = (await evidence.list('drill'))
    .map(({ key }) => key)
    .filter(key => key.startsWith(drillKey(scenario, '')))
  const found: DrillRecord[] = []
  for (const key of keys.slice(0, most)) {
    const parsed = drillShape.safeParse(await evidence.get('drill', key))
    if (parsed.success) found.push(parsed.data)
  }
  return found
}

const sayNumber = (seconds: number | null): string => (seconds === null ? '–' : `${Math.round(seconds)} s`)

export function sayTrend(drills: readonly DrillRecord[]): readonly string[] {
  if (drills.length === 0) return ['no drill of this kind is on record yet']
  const lines = drills.map(
    ({ at, verdict, rtoSeconds, rpoSeconds }) =>
      `${at.slice(0, 16).replace('T', ' ')}: ${verdict}, RTO ${sayNumber(rtoSeconds)}, RPO ${sayNumber(rpoSeconds)}`,
  )
  const good = drills.filter(({ verdict }) => verdict === 'proven').length
  return [`of the last ${drills.length} drills of this kind ${good} proved everything`, ...lines]
}

/** Mean of those that got to the end; `null` where none did. */
export function meanRtoSeconds(drills: readonly DrillRecord[]): number | null {
  const seconds = drills.flatMap(({ rtoSeconds }) => rtoSeconds ?? [])
  return seconds.length === 0 ? null : seconds.reduce((sum, one) => sum + one, 0) / seconds.length
}
