// Where a rotation stands with one secret, for whoever reads it when the run has ended in the middle. Pure.
import { canBeDisabled } from '#sdk'
import { namesOf, type PlannedSecret } from './plan.ts'

export type Stage = 'begun' | 'made' | 'given' | 'kept-out' | 'revoked' | 'rotated'

const given = 'its consumers have the new secret'
const rotated = 'it is rotated'

/** The old secret of a single name ends when that is changed. */
const ofOneName: Readonly<Record<Stage, string>> = {
  begun: 'its old secret works until it is changed',
  made: 'its old secret is refused since it was changed, and so is every host that does not have the new one',
  given: `${given}, and the old one is refused`,
  'kept-out': `${given}, and the old one is refused`,
  revoked: `${given}, and the old one is refused`,
  rotated,
}

const ofOtherNames: Readonly<Record<Stage, string>> = {
  begun: 'its old secret works everywhere',
  made: 'its old secret works everywhere',
  given: `${given}, and the old one is not revoked`,
  'kept-out': `${given}, and the old one is kept out and not revoked`,
  revoked: `${given}, and the old one is revoked`,
  rotated,
}

/** What works at this moment. */
export function sayStand({ kind }: Pick<PlannedSecret, 'kind'>, at: Stage): string {
  if (namesOf({ kind }) === 'one') return ofOneName[at]
  return ofOtherNames[at === 'kept-out' && !canBeDisabled(kind) ? 'given' : at]
}
