// A diagnosis as lines for people: in the first ones how it stands, what is wrong, and what to type next. Pure.
import { sayCount, sayFew } from '#sdk'
import type { Cause, Diagnosis, Remedy } from './diagnosis.ts'
import { sayFrom } from './recoverable.ts'

export function sayHeadline(diagnosis: Diagnosis): readonly string[] {
  const { cluster, status, copies, causes, blind } = diagnosis
  const missing =
    copies.unassigned === 0
      ? ''
      : `, ${sayCount(copies.unassigned)} of ${sayCount(copies.total)} copies unassigned`
  const [first] = causes
  return [
    `${cluster} is ${status}${missing}`,
    first === undefined
      ? blind.length > 0
        ? 'nothing was found to be wrong, as far as could be seen'
        : 'nothing was found to be wrong'
      : first.sentence,
    ...(first === undefined ? [] : [`next: ${sayNext(first)}`]),
    ...(blind.length === 0 ? [] : [`could not see ${sayCount(blind.length)} things: ${sayFew(blind, 2)}`]),
  ]
}

/** These have a command of their own: `reroute` does them only where they are named. */
const named: readonly Remedy['do'][] = [
  'advise',
  'restore',
  'import-dangling',
  'allocate-stale',
  'allocate-empty',
]

/** What `reroute` can do is said as its command. */
export function sayNext({ remedies, id }: Cause): string {
  const [first] = remedies
  if (first === undefined) return 'look for yourself'
  if (named.includes(first.do)) return sayRemedy(first)
  return `ops run reroute --only ${id} (${first.text})`
}

export const sayRemedy = ({ text, command }: Remedy): string =>
  command === null ? text : `${text}: ${command}`

const mostEvidence = 6
const mostRemedies = 6

/** One cause: what it is, what was seen, what mends it. */
export function sayCause(cause: Cause, place: number): readonly string[] {
  const { id, sentence, copyCount, evidence, remedies } = cause
  const copies = copyCount === 0 ? '' : ` [${sayCount(copyCount)} ${copyCount === 1 ? 'copy' : 'copies'}]`
  return [
    `${place}. ${id}: ${sentence}${copies}`,
    ...evidence.slice(0, mostEvidence).map(line => `   seen: ${line}`),
    ...remedies
      .slice(0, mostRemedies)
      .map(remedy => `   ${remedy.risk === 'loses-data' ? 'LOSES DATA' : 'remedy'}: ${sayRemedy(remedy)}`),
    ...(remedies.length > mostRemedies ? [`   and ${remedies.length - mostRemedies} more of the kind`] : []),
  ]
}

const mostRecoverable = 10

export function sayDiagnosis(diagnosis: Diagnosis): readonly string[] {
  const { causes, recoverable, blind } = diagnosis
  return [
    ...causes.flatMap((cause, at) => sayCause(cause, at + 1)),
    ...recoverable
      .slice(0, mostRecoverable)
      .map(
        one =>
          `${one.index} is recoverable from ${sayFrom(one)} (${one.because.join('; ')}${one.lastDocument === null ? '' : `; last document that can be read ${one.lastDocument}`})`,
      ),
    ...(recoverable.length > mostRecoverable
      ? [`${recoverable.length - mostRecoverable} more red indices: see --json`]
      : []),
    ...blind.map(line => `not seen: ${line}`),
  ]
}
