// A real Vault of the lab on loopback, for the modules of role vault. Everything that it makes is in a temporary directory.
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { installVault } from '../../../src/lab/vault/install.ts'

export interface TestVault {
  readonly folder: string
  readonly url: string
  readonly caFile: string
  /** Ends the process and starts it again with the same data: it is sealed then. */
  restart(): Promise<void>
  close(): Promise<void>
}

export async function startVault(): Promise<TestVault> {
  const folder = mkdtempSync(join(tmpdir(), 'ops-vault-test-'))
  const port = await freePort()
  const caFile = await makeCertificate(folder)
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'vault.hcl'), configOf(folder, port))
  const program = join(await installVault(() => {}), 'bin', 'vault')
  let stop = await start(program, folder)
  return {
    folder,
    url: `https://127.0.0.1:${port}`,
    caFile,
    async restart() {
      await stop()
      stop = await start(program, folder)
    },
    async close() {
      await stop()
      rmSync(folder, { recursive: true })
    },
  }
}

async function start(program: string, folder: string): Promise<() => Promise<void>> {
  const child = execa(program, ['server', `-config=${join(folder, 'vault.hcl')}`], {
    all: true,
    reject: false,
    cleanup: true,
    // Longer than all tests of a file take on a busy machine.
    timeout: 1_800_000,
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.all.on('data', chunk => {
      said += chunk
      if (said.includes('ready')) resolve()
    })
    child.then(() => reject(new Error(`Vault has ended: ${said}`)), reject)
  })
  return async () => {
    child.kill('SIGTERM')
    await child
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function makeCertificate(folder: string): Promise<string> {
  const [key, certificate] = [join(folder, 'host.key'), join(folder, 'host.crt')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const names = ['-subj', '/CN=vault', '-addext', 'subjectAltName=IP:127.0.0.1']
  await execa('openssl', [
    'req',
    '-x509',
    ...curve,
    ...names,
    '-days',
    '1',
    '-keyout',
    key,
    '-out',
    certificate,
  ])
  return certificate
}

const configOf = (folder: string, port: number): string => `
disable_mlock = true
storage "file" { path = "${folder}/data" }
listener "tcp" {
  address = "127.0.0.1:${port}"
  tls_cert_file = "${folder}/host.crt"
  tls_key_file = "${folder}/host.key"
}
`
