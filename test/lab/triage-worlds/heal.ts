// Does what the first remedy of a cause says: by `ops run reroute` where that takes it, else by the command that the remedy gives to
// a person. What a remedy leaves to a person is nobody's here.
import { expect } from 'chai'
import type { Cause, Remedy } from '../../../runbooks/triage/diagnosis.ts'
import type { OpsProcess } from '../support/ops.ts'
import { tellEnd } from '../support/ops.ts'
import type { Hand } from './hand.ts'

/** Says how it was done. */
export async function takeFirstRemedy(
  hand: Hand,
  ops: OpsProcess,
  { remedies: [first] }: Cause,
): Promise<string> {
  if (first === undefined) throw new Error('a cause without a remedy')
  if (first.do === 'advise') return 'a person'
  const options = optionsFor(first)
  if (options !== null) {
    const end = await ops(['--json', 'run', 'reroute', '--yes', '--max-risk', first.risk, ...options])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    return 'reroute'
  }
  const [, method = '', path = '', body] =
    /^(PUT|POST|DELETE) (\S+)(?: (\{.*\}))?$/.exec(first.command ?? '') ?? []
  if (method === '') throw new Error(`nobody can type this: ${first.command ?? first.text}`)
  await hand.ask(method, `/${path}`, body === undefined ? undefined : JSON.parse(body))
  return 'its command'
}

/** What `reroute` wants to be told; `null` where it leaves the remedy alone. */
function optionsFor(remedy: Remedy): readonly string[] | null {
  if (remedy.do === 'import-dangling') return ['--import-dangling', remedy.uuid]
  return remedy.do === 'wait' ? null : []
}
