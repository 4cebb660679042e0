// What the inventory says of the offsite store. Pure; it holds names of files with keys, never a key.
import type { InventoryHost } from '#sdk'

export type StorePlace = {
  readonly endpoint: string
  readonly bucket: string
  readonly prefix: string
}

const needed = [
  'offsite_endpoint',
  'offsite_bucket',
  'offsite_access_key_file',
  'offsite_secret_key_file',
] as const

/** Variables that a host needs for the store and does not have. */
export const missingVars = (host: InventoryHost | undefined): readonly string[] =>
  needed.filter(name => textOf(host, name) === '')

export const placeOf = (host: InventoryHost | undefined): StorePlace => ({
  endpoint: textOf(host, 'offsite_endpoint'),
  bucket: textOf(host, 'offsite_bucket'),
  prefix: textOf(host, 'offsite_prefix').replaceAll(/^\/+|\/+$/g, ''),
})

/** Bytes that the store may hold; `null` where the inventory names none. */
export function quotaOf(host: InventoryHost | undefined): number | null {
  const quota = Number(host?.vars.offsite_quota_bytes ?? Number.NaN)
  return Number.isFinite(quota) && quota > 0 ? quota : null
}

/** `s3 endpoint/bucket/prefix/name`, for people. */
export const sayPlace = ({ endpoint, bucket, prefix }: StorePlace, repository: string): string =>
  [endpoint.replace(/\/+$/, ''), bucket, prefix, repository].filter(part => part !== '').join('/')

function textOf(host: InventoryHost | undefined, name: string): string {
  const value = host?.vars[name]
  return typeof value === 'string' ? value.trim() : ''
}
