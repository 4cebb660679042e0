// The manifest of a snapshot: from the evidence of this state directory, else from beside the files of the repository. Reads
// only; one that belongs to another snapshot of the same name is none.
import { z } from 'zod'
import { type Json, type Look, toOpsError } from '#sdk'
import { unpackManifest } from '../snapshot/keep-manifest.ts'
import { type Manifest, manifestKey } from '../snapshot/manifest.ts'
import { playOnRepository } from '../snapshot/on-repository.ts'

const manifestShape = z.object({
  version: z.literal(1),
  repository: z.string(),
  snapshot: z.string(),
  snapshotUuid: z.string(),
  cluster: z.object({ name: z.string(), uuid: z.string(), version: z.string() }),
  run: z.string(),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  indices: z.array(
    z.object({
      index: z.string(),
      uuid: z.string(),
      shards: z.number(),
      docs: z.object({ least: z.number(), most: z.number() }),
      bytes: z.number(),
      fromMs: z.number().nullable(),
      untilMs: z.number().nullable(),
      mappingHash: z.string(),
      samples: z.array(z.object({ id: z.string(), hash: z.string() })),
    }),
  ),
})

export interface FoundManifest {
  readonly manifest: Manifest | null
  /** Where it is from, or why there is none. */
  readonly text: string
}

export async function readManifest(
  look: Look,
  repository: string,
  snapshot: { readonly name: string; readonly uuid: string },
): Promise<FoundManifest> {
  const kept = judge(
    await look.evidence.get('manifest', manifestKey(repository, snapshot.name)),
    snapshot,
    'kept by ops',
  )
  if (kept.manifest !== null) return kept
  const beside = await readBeside(look, repository, snapshot)
  return beside.manifest === null ? { manifest: null, text: `${kept.text}; ${beside.text}` } : beside
}

function judge(
  body: Json | null,
  { name, uuid }: { name: string; uuid: string },
  from: string,
): FoundManifest {
  if (body === null) return { manifest: null, text: `none ${from}` }
  const parsed = manifestShape.safeParse(body)
  if (!parsed.success) return { manifest: null, text: `the one ${from} cannot be read` }
  if (parsed.data.snapshotUuid !== uuid)
    return { manifest: null, text: `the one ${from} is of another snapshot called ${name}` }
  return { manifest: parsed.data, text: from }
}

const handedBack = z.object({ manifest: z.string().nullable() })

async function readBeside(
  look: Look,
  repository: string,
  snapshot: { readonly name: string; readonly uuid: string },
): Promise<FoundManifest> {
  try {
    const registered = (await look.snapshots.repositories()).find(({ name }) => name === repository)
    const played =
      registered === undefined
        ? null
        : await playOnRepository(look, registered, 'manifest_read.yml', { ops_snapshot: snapshot.name })
    if (played === null)
      return {
        manifest: null,
        text: 'no host of the inventory has the files of the repository (es_repo_dir)',
      }
    const { manifest } = handedBack.parse(played.result)
    if (manifest === null) return { manifest: null, text: 'none beside the repository' }
    return judge(unpackManifest(manifest), snapshot, 'beside the repository')
  } catch (thrown) {
    const { message } = toOpsError(thrown)
    return { manifest: null, text: `the one beside the repository cannot be read: ${message}` }
  }
}
