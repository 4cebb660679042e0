// Does what the first remedy of a cause says, by `ops run reroute`. What a remedy leaves to a person, or to time, is nobody's here.
import { expect } from 'chai'
import type { Cause } from '../../../runbooks/triage/diagnosis.ts'
import type { OpsProcess } from '../support/ops.ts'
import { tellEnd } from '../support/ops.ts'

/** Says how it was done. */
export async function takeFirstRemedy(ops: OpsProcess, { remedies: [first] }: Cause): Promise<string> {
  if (first === undefined) throw new Error('a cause without a remedy')
  if (first.do === 'advise') return 'a person'
  if (first.do === 'wait') return 'waiting'
  const named = first.do === 'import-dangling' ? ['--import-dangling', first.uuid] : []
  const end = await ops(['--json', 'run', 'reroute', '--yes', '--max-risk', first.risk, ...named])
  expect(end.exitCode, tellEnd(end)).to.equal(0)
  return 'reroute'
}
