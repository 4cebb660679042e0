// The stores of certificates as an Elasticsearch node reads them. Store passwords go through files of mode 0600, never through
// an argument.
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeAuthority, openssl, signCertificate } from '../certificates.ts'
import type { LabNode } from '../layout.ts'
import { type LabPaths, passwordFile } from '../paths.ts'
import { runTool } from '../process/run.ts'

/** What each node trusts, as Java reads it. */
export async function makeTrustStore(paths: LabPaths): Promise<string> {
  const store = join(paths.ca, 'trust.p12')
  await makeAuthority(paths)
  if (existsSync(store)) return store
  const draft = `${store}.draft`
  rmSync(draft, { force: true })
  // A store made by openssl holds no entry that Java takes for trusted.
  const from = ['-alias', 'ca', '-file', paths.caFile, '-storetype', 'PKCS12', '-keystore', draft]
  await runTool([
    'keytool',
    '-importcert',
    '-noprompt',
    ...from,
    '-storepass:file',
    passwordFile(paths, 'store'),
  ])
  renameSync(draft, store)
  return store
}

/** Writes the node's key and certificate, signed by the authority, as a PKCS12 file. */
export async function makeKeyStore(
  paths: LabPaths,
  { name, address }: LabNode,
  work: string,
  out: string,
): Promise<void> {
  const { keyFile, certFile } = await signCertificate(paths, { name, address, directory: work })
  const parts = ['-name', 'node', '-inkey', keyFile, '-in', certFile, '-certfile', paths.caFile]
  const password = `file:${passwordFile(paths, 'store')}`
  await openssl(['pkcs12', '-export', ...parts, '-out', out, '-passout', password])
  for (const file of [keyFile, certFile]) rmSync(file)
}
