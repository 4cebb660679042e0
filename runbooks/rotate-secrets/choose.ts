// Which declared secrets a run is about: those that were named, or those that are older than they may be. Pure.
import type { SecretDeclaration } from '#sdk'

export interface Aged {
  readonly declaration: Pick<SecretDeclaration, 'rotateAfterDays'>
  /** When it was rotated last, by Vault; `null`: nothing is there. */
  readonly rotatedAtMs: number | null
}

const dayMs = 86_400_000

export const dueAtMs = ({ declaration, rotatedAtMs }: Aged): number =>
  rotatedAtMs === null ? Number.NEGATIVE_INFINITY : rotatedAtMs + declaration.rotateAfterDays * dayMs

export const isDue = (aged: Aged, nowMs: number): boolean => dueAtMs(aged) <= nowMs

/** The label that a rotation leaves, else the age of the version. */
export function readRotatedAt(
  id: string,
  seen: { readonly labels: Readonly<Record<string, string>>; readonly createdAtMs: number | null } | null,
): number | null {
  const labelled = Date.parse(seen?.labels[`${id}_rotated_at`] ?? '')
  return Number.isNaN(labelled) ? (seen?.createdAtMs ?? null) : labelled
}
