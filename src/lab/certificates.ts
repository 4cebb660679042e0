// The lab's own certificate authority, and keys that it signs for. Keys lie in files of mode 0600 and never go through an
// argument.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabPaths } from './paths.ts'
import { runTool } from './process/run.ts'

const days = '825'
// Elliptic keys: a handshake costs a lab node far less CPU than with RSA.
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

export async function makeAuthority(paths: LabPaths): Promise<void> {
  if (existsSync(paths.caFile)) return
  mkdirSync(paths.ca, { recursive: true })
  const extensions = [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=keyCertSign,cRLSign',
  ]
  const subject = ['-subj', '/O=ops embedded lab/CN=ops lab CA', ...extensions]
  const draft = `${paths.caFile}.draft`
  const out = ['-keyout', paths.caKey, '-out', draft]
  await openssl(['req', '-x509', ...newKey, '-days', days, ...subject, ...out])
  renameSync(draft, paths.caFile)
}

export interface CertificateRequest {
  /** Its common name. */
  readonly name: string
  readonly address?: string
  /** A directory that nobody else can look into. */
  readonly directory: string
}

/** Writes key and certificate, signed by the authority, into the directory as `NAME.key` and `NAME.crt`. */
export async function signCertificate(
  paths: LabPaths,
  { name, address, directory }: CertificateRequest,
): Promise<{ readonly keyFile: string; readonly certFile: string }> {
  const file = (suffix: string) => join(directory, `${name}.${suffix}`)
  const [keyFile, certFile, request, extensions] = [file('key'), file('crt'), file('csr'), file('ext')]
  const names = [`DNS:${name}`, 'DNS:localhost', ...(address ? [`IP:${address}`] : [])]
  writeFileSync(extensions, `subjectAltName=${names.join(',')}\n`)
  await openssl(['req', ...newKey, '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', request])
  const serial = `0x${randomBytes(8).toString('hex')}`
  const signer = ['-CA', paths.caFile, '-CAkey', paths.caKey, '-set_serial', serial, '-days', days]
  await openssl(['x509', '-req', '-in', request, ...signer, '-extfile', extensions, '-out', certFile])
  for (const done of [request, extensions]) rmSync(done)
  return { keyFile, certFile }
}

export const openssl = (args: readonly string[]): Promise<void> => runTool(['openssl', ...args])
