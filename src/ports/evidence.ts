// What runs leave behind as proof, in the state directory: manifests of snapshots, verifications, drills, audits, losses. Kept as it was put;
// an entry is replaced as a whole, and never in place of another kind.
import type { Json } from './json.ts'

export type EvidenceKind = 'manifest' | 'verification' | 'drill' | 'copy' | 'audit' | 'loss' | 'triage'

export interface EvidenceEntry {
  readonly key: string
  /** When it was put; ISO 8601. */
  readonly at: string
}

export interface EvidencePort {
  put(kind: EvidenceKind, key: string, at: Date, body: Json): Promise<void>
  /** `null` where there is none. */
  get(kind: EvidenceKind, key: string): Promise<Json | null>
  /** Newest first. */
  list(kind: EvidenceKind): Promise<readonly EvidenceEntry[]>
  remove(kind: EvidenceKind, key: string): Promise<void>
  /**
   * One file for somebody to take along: JSON, secrets redacted, mode 0600, whole or not at all.
   * @throws OpsError EVIDENCE_FILE where there is a file of this name already, or it cannot be written
   */
  writeFile(path: string, body: Json): Promise<void>
  /** `null` where there is no such file; an empty object where it is none of `writeFile`. */
  readFile(path: string): Promise<Json | null>
}
