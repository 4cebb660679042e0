// The CA that signed the brokers' certificates.
import { readFileSync } from 'node:fs'
import { OpsError } from '#errors'

/** @throws OpsError CLUSTER_TLS when the CA file cannot be read. Only now: a cluster that is yet to be made has none. */
export function readCa(caFile: string | undefined): { ca?: string } {
  if (caFile === undefined) return {}
  try {
    return { ca: readFileSync(caFile, 'utf8') }
  } catch (cause) {
    throw new OpsError('CLUSTER_TLS', {
      message: `the CA file ${caFile} of the brokers cannot be read`,
      hint: `check the path and its permissions: ls -l ${caFile}`,
      cause,
    })
  }
}
