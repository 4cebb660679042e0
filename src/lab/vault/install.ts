// Builds a Vault server for the lab, once per recipe: the Vault core as a library in the small Go program beside this file. What
// is built holds code of HashiCorp Vault under MPL-2.0, so it is made where it runs and never handed on.
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import { buildOnce, tellLines } from '../build-once.ts'
import { tellingLine } from '../logs.ts'

export const recipeDir = join(import.meta.dirname, 'server')

const core = 'github.com/hashicorp/vault'
const timeoutMs = 1_800_000

/** A directory with bin/vault-server, and the same as bin/vault, which is what the official archive calls it. */
export function installVault(talk: (line: string) => void): Promise<string> {
  return buildOnce({
    name: 'vault',
    directory: recipeDir,
    longestBuildMs: timeoutMs,
    requireTools: requireGo,
    build: draft => buildServer(draft, talk),
  })
}

async function buildServer(draft: string, talk: (line: string) => void): Promise<void> {
  talk('building Vault (once; 4 minutes on two cores, seconds where Go has built it before)')
  const bin = join(draft, 'bin')
  mkdirSync(bin)
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', join(bin, 'vault-server')]
  const build = execa('go', ['build', ...flags, '.'], { ...inServer, reject: false, timeout: timeoutMs })
  build.stderr.on('data', chunk => tellLines(String(chunk), talk))
  const { exitCode, stderr } = await build
  if (exitCode !== 0) throw explainGoBuild(stderr)
  symlinkSync('vault-server', join(bin, 'vault'))
  await addLicence(draft)
}

const inServer = { cwd: recipeDir, env: { CGO_ENABLED: '0' } } as const

async function addLicence(draft: string): Promise<void> {
  const { stdout } = await execa('go', ['list', '-m', '-f', '{{.Version}} {{.Dir}}', core], inServer)
  const [version = '', directory = ''] = stdout.split(' ')
  copyFileSync(join(directory, 'LICENSE'), join(draft, 'LICENSE'))
  writeFileSync(
    join(draft, 'NOTICE'),
    `bin/vault-server holds HashiCorp Vault (Go module ${core} ${version}), under the Mozilla Public License 2.0: LICENSE.\n`,
  )
}

/** What `go build` said when it failed, as an error with something to do. */
export function explainGoBuild(output: string): OpsError {
  const forged = output.split('\n').find(line => /checksum mismatch|SECURITY ERROR/.test(line))
  if (forged) {
    return new OpsError('LAB_FAILED', {
      message: `not the Go module that was expected (go.sum): ${forged.trim()}`,
      hint: 'go clean -modcache, then try again; if it comes back, do not trust its source',
    })
  }
  return new OpsError('LAB_FAILED', {
    message: `Vault could not be built: ${tellingLine(output)}`,
    hint: 'is the Go module proxy (go env GOPROXY) reachable?',
  })
}

/** The oldest Go that builds this version of Vault. */
const leastGo = [1, 20] as const

async function requireGo(): Promise<void> {
  const { failed, stdout } = await execa('go', ['env', 'GOVERSION'], { reject: false, cwd: '/' })
  const found = failed ? undefined : stdout
  if (found !== undefined && isGoRecent(found)) return
  throw new OpsError('TOOL_MISSING', {
    message: found === undefined ? 'not installed: go' : `${found} is too old to build Vault`,
    hint: `install Go ${leastGo.join('.')} or newer, on Debian bookworm: apt-get install -t bookworm-backports golang-go`,
  })
}

/** Whether a version as Go says it, such as `go1.26.8`, is recent enough. */
export function isGoRecent(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? []
  if (major === undefined || minor === undefined) return version.startsWith('devel')
  return Number(major) > leastGo[0] || (Number(major) === leastGo[0] && Number(minor) >= leastGo[1])
}
