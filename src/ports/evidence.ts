// What runs leave behind as proof, in the state directory: manifests of snapshots, verifications, drills, audits. Kept as it was put;
// an entry is replaced as a whole, and never in place of another kind.
import type { Json } from './json.ts'

export type EvidenceKind = 'manifest' | 'verification' | 'drill' | 'copy' | 'audit'

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
}
