// Gets the output of Terraform: from a file, from stdin, or by asking in its folder. It asks for outputs only and applies nothing.
import { readFile, stat } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { execa } from 'execa'
import { OpsError } from '#sdk'
import { parseTerraform } from './parse-terraform.ts'
import type { NewHost } from './wanted.ts'

const timeoutMs = 120_000

/** @throws OpsError INVENTORY_MISSING, INVENTORY_INVALID */
export async function readTerraform(source: string): Promise<readonly NewHost[]> {
  if (source === '-') return parseTerraform(await text(process.stdin), 'stdin')
  const found = await stat(source).catch(() => null)
  if (found === null)
    throw new OpsError('INVENTORY_MISSING', {
      message: `there is neither a file nor a folder ${source}`,
      hint: 'terraform -chdir=terraform output -json > hosts.json, then --terraform hosts.json',
    })
  return found.isDirectory()
    ? parseTerraform(await askTerraform(source), source)
    : parseTerraform(await readFile(source, 'utf8'), source)
}

async function askTerraform(folder: string): Promise<string> {
  const ran = await execa('terraform', ['output', '-json'], {
    cwd: folder,
    stdin: 'ignore',
    reject: false,
    timeout: timeoutMs,
  })
  if (ran.exitCode === 0) return ran.stdout
  const said =
    ran.code === 'ENOENT' ? 'terraform is not on the PATH' : (ran.stderr.trim().split('\n')[0] ?? '')
  throw new OpsError('INVENTORY_INVALID', {
    message: `terraform output failed in ${folder}: ${said || `exit status ${ran.exitCode ?? 'none'}`}`,
    hint: 'run terraform init there, or give a file with the output',
  })
}
