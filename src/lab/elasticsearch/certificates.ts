// The lab's own certificate authority and the certificate of each node. Keys and store passwords go through files of mode
// 0600, never through an argument.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabNode } from '../layout.ts'
import { type LabPaths, passwordFile } from '../paths.ts'
import { runTool } from '../process/run.ts'

const days = '825'
// Elliptic keys: a handshake costs a lab node far less CPU than with RSA.
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** What each node trusts, as Java reads it. */
const trustStore = (paths: LabPaths): string => join(paths.ca, 'trust.p12')

export async function makeAuthority(paths: LabPaths): Promise<string> {
  const store = trustStore(paths)
  if (existsSync(store)) return store
  mkdirSync(paths.ca, { recursive: true })
  const extensions = [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=keyCertSign,cRLSign',
  ]
  const subject = ['-subj', '/O=ops embedded lab/CN=ops lab CA', ...extensions]
  await openssl([
    'req',
    '-x509',
    ...newKey,
    '-days',
    days,
    ...subject,
    '-keyout',
    paths.caKey,
    '-out',
    paths.caFile,
  ])
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
export async function makeCertificate(
  paths: LabPaths,
  node: LabNode,
  work: string,
  out: string,
): Promise<void> {
  const [key, request, certificate, extensions] = ['key', 'csr', 'crt', 'ext'].map(name => join(work, name))
  if (!key || !request || !certificate || !extensions) return
  const names = `subjectAltName=DNS:${node.name},DNS:localhost,IP:${node.address}\n`
  writeFileSync(extensions, names)
  await openssl(['req', ...newKey, '-subj', `/CN=${node.name}`, '-keyout', key, '-out', request])
  const serial = `0x${randomBytes(8).toString('hex')}`
  const signer = ['-CA', paths.caFile, '-CAkey', paths.caKey, '-set_serial', serial, '-days', days]
  await openssl(['x509', '-req', '-in', request, ...signer, '-extfile', extensions, '-out', certificate])
  const parts = ['-name', 'node', '-inkey', key, '-in', certificate, '-certfile', paths.caFile]
  await openssl([
    'pkcs12',
    '-export',
    ...parts,
    '-out',
    out,
    '-passout',
    `file:${passwordFile(paths, 'store')}`,
  ])
  for (const file of [key, request, certificate, extensions]) rmSync(file)
}

const openssl = (args: readonly string[]) => runTool(['openssl', ...args])
