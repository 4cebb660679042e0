// Kills one run at every place where it can be killed, and gathers what did not end well. What has to be true afterwards every test says for
// itself.
import type { Cut } from './fake-process.ts'

/** Right before and right after each of so many records. */
export async function killEverywhere(
  records: number,
  killAt: (cut: Cut) => Promise<void>,
): Promise<readonly string[]> {
  const failures: string[] = []
  for (let record = 1; record <= records; record++)
    for (const when of ['before', 'after'] as const)
      await killAt({ record, when }).catch(thrown =>
        failures.push(`killed ${when} record ${record}: ${thrown.message}`),
      )
  return failures
}

/** What fails everywhere need not be killed everywhere. */
const enoughFailures = 10

/** After each record of something whose length nobody knows: until the cut comes too late to kill it, which is what `killAt` answers. */
export async function killUntilItEnds(
  killAt: (cut: Cut) => Promise<'killed' | 'ended'>,
): Promise<{ readonly failures: readonly string[]; readonly records: number }> {
  const failures: string[] = []
  for (let record = 1; ; record++) {
    const end = await killAt({ record, when: 'after' }).catch(thrown => {
      failures.push(`killed after record ${record}: ${thrown.message}`)
      return 'killed' as const
    })
    if (end === 'ended' || failures.length >= enoughFailures) return { failures, records: record }
  }
}
