// Numbers that the last audit has left as evidence, as Prometheus reads them. What cannot be read is left out, never guessed.
import { z } from 'zod'
import type { EvidencePort } from '../ports/evidence.ts'

const shape = z.object({
  metrics: z.array(
    z.object({
      name: z.string().regex(/^[a-z_]+$/),
      help: z.string(),
      samples: z.array(z.object({ labels: z.record(z.string(), z.string()), value: z.number() })),
    }),
  ),
})

/** Empty where there was no audit yet. */
export async function renderKeptMetrics(evidence: EvidencePort): Promise<string> {
  const [newest] = await evidence.list('audit')
  const kept = newest === undefined ? null : await evidence.get('audit', newest.key)
  return (shape.safeParse(kept).data?.metrics ?? [])
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, samples }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} gauge`,
        ...samples.map(({ labels, value }) => `${name}${renderLabels(labels)} ${value}`),
      ].join('\n'),
    )
    .join('\n')
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escapeValue = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
