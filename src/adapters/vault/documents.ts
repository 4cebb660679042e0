// Documents of KV v2. Every value that is no name is registered before it leaves this file.
import { z } from 'zod'
import { SecretText } from '../../ports/secret.ts'
import type { SecretDocument, SecretMetadata } from '../../ports/vault.ts'
import type { Asker } from './ask.ts'
import type { Mounts } from './mounts.ts'
import type { ConnectOptions } from './options.ts'
import { parse, time, timeOrNone } from './parse.ts'

export type Fields = Readonly<Record<string, SecretText>>
/** As Vault has them: most are texts, and others stay what they are. */
export type Values = Readonly<Record<string, unknown>>

const metadataOfVersion = z.object({ version: z.int(), created_time: time })
const documentShape = z.object({
  data: z.object({ data: z.record(z.string(), z.unknown()).nullable(), metadata: metadataOfVersion }),
})
const metadataShape = z.object({
  data: z.object({
    current_version: z.int(),
    cas_required: z.boolean(),
    max_versions: z.int().default(0),
    custom_metadata: z.record(z.string(), z.string()).nullish(),
    versions: z.record(
      z.string(),
      z.object({ created_time: time, deletion_time: timeOrNone, destroyed: z.boolean() }),
    ),
  }),
})
const writtenShape = z.object({ data: metadataOfVersion })
const namesShape = z.object({ data: z.object({ keys: z.array(z.string()) }) })

/** Of a document and a mount that do not say. */
const usualVersions = 10

export interface Written {
  readonly version: number
  readonly createdAtMs: number
}

export interface Documents {
  readVersion(path: string, version?: number): Promise<SecretDocument | null>
  metadata(path: string): Promise<SecretMetadata | null>
  list(path: string): Promise<readonly string[]>
  write(path: string, fields: Fields, cas: number): Promise<Written>
  destroyVersions(path: string, versions: readonly number[]): Promise<void>
  removeAll(path: string): Promise<void>
  toFields(path: string, values: Values): Fields
  toValues(fields: Fields): Values
}

/** What a text was made of that Vault holds as something else, so that it is written back as it was. */
const originals = new WeakMap<SecretText, unknown>()

/** Were they taken for secrets, half of every text would be blanked out. */
const plainWords: ReadonlySet<string> = new Set(['true', 'false', 'null', 'none'])
const shortestNumber = 8

function secretsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return plainWords.has(value.toLowerCase()) ? [] : [value]
  if (typeof value === 'number') return String(value).length >= shortestNumber ? [String(value)] : []
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(secretsIn) : []
}

export function openDocuments(
  asker: Asker,
  { apiPath }: Mounts,
  { register, isName = () => false, clock }: ConnectOptions,
): Documents {
  const toFields = (path: string, values: Values): Fields =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value)
        if (!isName(path, name)) for (const one of secretsIn(value)) register(one)
        const secret = new SecretText(text)
        if (typeof value !== 'string') originals.set(secret, value)
        return [name, secret]
      }),
    )
  const toValues = (fields: Fields): Values =>
    Object.fromEntries(
      Object.entries(fields).map(([name, secret]) => [
        name,
        originals.has(secret) ? originals.get(secret) : secret.reveal(),
      ]),
    )
  return {
    toFields,
    toValues,
    async readVersion(path, version) {
      const query = version === undefined ? '' : `?version=${version}`
      const found = await asker.find(documentShape, {
        do: 'read',
        path: `${await apiPath('data', path)}${query}`,
      })
      if (found === null || found.data.data === null) return null
      const { data, metadata } = found.data
      return {
        path,
        version: metadata.version,
        createdAtMs: metadata.created_time,
        fields: toFields(path, data),
        cachedAtMs: null,
      }
    },
    async metadata(path) {
      const found = await asker.find(metadataShape, { do: 'read', path: await apiPath('metadata', path) })
      if (found === null) return null
      const { current_version, cas_required, max_versions, custom_metadata, versions } = found.data
      const nowMs = clock.now().getTime()
      return {
        currentVersion: current_version,
        casRequired: cas_required,
        maxVersions: max_versions || usualVersions,
        versions: Object.entries(versions)
          .map(([version, { created_time, deletion_time, destroyed }]) => ({
            version: Number(version),
            createdAtMs: created_time,
            gone: destroyed || (deletion_time !== null && deletion_time <= nowMs),
          }))
          .sort((a, b) => a.version - b.version),
        labels: custom_metadata ?? {},
      }
    },
    async list(path) {
      const found = await asker.find(namesShape, { do: 'list', path: await apiPath('metadata', path) })
      return found?.data.keys ?? []
    },
    async write(path, fields, cas) {
      const call = {
        do: 'write',
        path: await apiPath('data', path),
        data: { options: { cas }, data: toValues(fields) },
        effect: true,
      } as const
      const { data } = parse(writtenShape, call, (await asker.ask(call)).body)
      return { version: data.version, createdAtMs: data.created_time }
    },
    async destroyVersions(path, versions) {
      await asker.ask({
        do: 'write',
        path: await apiPath('destroy', path),
        data: { versions },
        effect: true,
      })
    },
    async removeAll(path) {
      await asker.ask({ do: 'delete', path: await apiPath('metadata', path), effect: true })
    },
  }
}
