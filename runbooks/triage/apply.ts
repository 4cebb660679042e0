// Says what is wrong, keeps it, writes the evidence where it was asked for, and ends failed where the cluster is worse than it was told
// to accept. It touches nothing of the cluster.
import { z } from 'zod'
import { type Json, OpsError, type Run } from '#sdk'
import { decideDiagnosis } from './diagnose.ts'
import type { Diagnosis } from './diagnosis.ts'
import { lookAtTriage } from './facts.ts'
import type { TriageParams } from './params.ts'
import type { TriageDetails } from './plan.ts'
import { sayCause, sayHeadline, sayNext } from './say.ts'

export async function applyTriage(
  run: Run,
  { diagnosis, unreachable }: TriageDetails,
  { evidence, failOn }: TriageParams,
): Promise<void> {
  await keepDiagnosis(run, diagnosis)
  if (evidence !== undefined) await writeEvidence(run, evidence)
  for (const [at, cause] of diagnosis.causes.entries()) {
    const [text = ''] = sayCause(cause, at + 1)
    await run.mark(`cause.${at}`, 'remark', { text: `${text}; next: ${sayNext(cause)}`, id: cause.id })
  }
  if (evidence !== undefined)
    await run.mark('evidence', 'remark', { text: `everything that was read is in ${evidence}` })
  judge(diagnosis, unreachable, failOn)
}

const key = 'triage'
const keptBy = z.object({ run: z.string() })

function keepDiagnosis(run: Run, diagnosis: Diagnosis): Promise<null> {
  return run.step({
    key: 'keep',
    title: 'keep the diagnosis',
    observe: async () =>
      keptBy.safeParse(await run.evidence.get('triage', key)).data?.run === run.id
        ? { state: 'done', result: null }
        : { state: 'not-done' },
    apply: async () => {
      const body = { run: run.id, ...diagnosis } as unknown as Json
      await run.evidence.put('triage', key, new Date(diagnosis.seenAt), body)
      return null
    },
    retries: 1,
  })
}

/** Read anew: what was read for the plan is too much for a journal. */
function writeEvidence(run: Run, file: string): Promise<null> {
  return run.step({
    key: 'evidence',
    title: `write the evidence to ${file}`,
    observe: async () =>
      keptBy.safeParse(await run.evidence.readFile(file)).data?.run === run.id
        ? { state: 'done', result: null }
        : { state: 'not-done' },
    apply: async () => {
      const facts = await lookAtTriage(run)
      const body = { run: run.id, diagnosis: decideDiagnosis(facts), facts }
      // Through JSON, so that what has no value is not in it.
      await run.evidence.writeFile(file, JSON.parse(JSON.stringify(body)) as Json)
      return null
    },
  })
}

function judge(diagnosis: Diagnosis, unreachable: boolean, failOn: TriageParams['failOn']): void {
  const { status, causes } = diagnosis
  const [first] = causes
  const [said = ''] = sayHeadline(diagnosis)
  const hint = first === undefined ? 'see what could not be seen: ops plan triage' : sayNext(first)
  if (unreachable)
    throw new OpsError('CLUSTER_UNREACHABLE', { message: first?.sentence ?? 'nobody answers', hint })
  // What could not be told must not pass for well.
  const bad =
    failOn === 'yellow' ? status !== 'green' : failOn === 'red' && (status === 'red' || status === 'unknown')
  if (!bad) return
  throw new OpsError('CLUSTER_SICK', {
    message: first === undefined ? said : `${said}: ${first.sentence}`,
    hint,
  })
}
