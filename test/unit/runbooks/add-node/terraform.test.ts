// The output of Terraform: read from a file and from its folder, and refused by host and field where it lacks something.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { params as schema } from '../../../../runbooks/add-node/params.ts'
import { parseTerraform } from '../../../../runbooks/add-node/parse-terraform.ts'
import { readTerraform } from '../../../../runbooks/add-node/read-terraform.ts'
import type { OpsError } from '../../../../src/errors/index.ts'

const warm = { name: 'es-data06', group: 'es_data_warm', address: '10.20.1.26' }
const outputOf = (...hosts: unknown[]): string =>
  JSON.stringify({ hosts: { sensitive: false, type: ['tuple', []], value: hosts } })

async function failureOf(work: () => unknown): Promise<OpsError> {
  try {
    await work()
  } catch (thrown) {
    return thrown as OpsError
  }
  throw new Error('nothing was thrown')
}

describe('the output of Terraform', () => {
  it('is a list of hosts', () => {
    expect(
      parseTerraform(outputOf({ ...warm, vars: { es_zone: 'a', heap: 4 } }, { ...warm, name: 'b' }), 'f'),
    ).to.deep.equal([
      { ...warm, vars: { es_zone: 'a', heap: 4 } },
      { ...warm, name: 'b', vars: {} },
    ])
  })

  for (const [what, text, says] of [
    [
      'a field is missing',
      outputOf({ name: 'es-data06', group: 'es_data_warm' }),
      /f is not usable: es-data06 lacks a usable address$/,
    ],
    ['several fields are', outputOf({ address: '10.0.0.1' }, warm), /host 1 lacks a usable name, group$/],
    ['a field has another type', outputOf({ ...warm, address: null }), /es-data06 lacks a usable address$/],
    ['a field is empty', outputOf({ ...warm, group: '' }), /es-data06 lacks a usable group$/],
    [
      'a variable is a list',
      outputOf({ ...warm, vars: { roles: ['a'] } }),
      /es-data06 lacks a usable vars\.roles$/,
    ],
    ['a name is a pattern', outputOf({ ...warm, name: 'es-*' }), /es-\* lacks a usable name$/],
    [
      'an address has more in it than one',
      outputOf({ ...warm, address: '10.20.1.26 -o ProxyCommand=x' }),
      /es-data06 lacks a usable address$/,
    ],
    ['a host is no object', outputOf('es-data06'), /host 1 lacks a usable object$/],
    ['a host is there twice', outputOf(warm, warm), /es-data06 is there twice$/],
    ['there is no such output', '{}', /has no output hosts/],
    ['nothing was applied yet', '', /is no JSON/],
  ] as const)
    it(`is refused when ${what}`, async () => {
      const { code, message, hint } = await failureOf(() => parseTerraform(text, 'f'))
      expect(code).to.equal('INVENTORY_INVALID')
      expect(message).to.match(says)
      expect(hint).to.contain('terraform/README.md')
    })

  describe('on disk', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ops-terraform-'))
    const path = process.env.PATH
    after(() => {
      process.env.PATH = path
      rmSync(folder, { recursive: true })
    })
    const program = (script: string): void => {
      mkdirSync(join(folder, 'bin'), { recursive: true })
      writeFileSync(join(folder, 'bin', 'terraform'), `#!/bin/sh\n${script}\n`)
      chmodSync(join(folder, 'bin', 'terraform'), 0o755)
      process.env.PATH = `${join(folder, 'bin')}:${path}`
    }

    it('is a file', async () => {
      writeFileSync(join(folder, 'hosts.json'), outputOf(warm))
      expect(await readTerraform(join(folder, 'hosts.json'))).to.deep.equal([{ ...warm, vars: {} }])
    })

    it('or a folder in which Terraform is asked, and told to do nothing else', async () => {
      program(`[ "$*" = 'output -json' ] && [ "$PWD" = '${folder}' ] && echo '${outputOf(warm)}'`)
      expect(await readTerraform(folder)).to.deep.equal([{ ...warm, vars: {} }])
    })

    it('says what Terraform says when it fails', async () => {
      program('echo "Error: Backend initialization required" >&2; exit 1')
      const { message, hint } = await failureOf(() => readTerraform(folder))
      expect(message).to.contain('Backend initialization required')
      expect(hint).to.contain('terraform init')
    })

    it('says that there is no such place, and no such program', async () => {
      expect((await failureOf(() => readTerraform(join(folder, 'none')))).code).to.equal('INVENTORY_MISSING')
      process.env.PATH = '/nowhere'
      expect((await failureOf(() => readTerraform(folder))).message).to.contain(
        'terraform is not on the PATH',
      )
    })
  })
})

describe('the parameters of add-node', () => {
  const said = (given: object): string => {
    const parsed = schema.safeParse(given)
    return parsed.success
      ? 'fine'
      : parsed.error.issues.map(one => `${one.path.join('.')} ${one.message}`).join('; ')
  }

  it('name hosts one way or the other', () => {
    expect(said({ name: 'a', group: 'es_coord', address: '10.0.0.1' })).to.equal('fine')
    expect(said({ terraform: 'terraform' })).to.equal('fine')
    expect(said({ terraform: '-', group: 'es_coord' })).to.equal('fine')
    expect(said({})).to.match(/^name or --terraform must be given/)
    expect(said({ name: 'a', terraform: 'x' })).to.match(/only one of them/)
  })

  it('give each host a group and an address', () => {
    expect(said({ name: 'a' })).to.equal('group must be given with --name; address must be given with --name')
    expect(said({ name: 'a,b', group: 'g', address: '10.0.0.1' })).to.equal(
      'address must be as many as there are names',
    )
    expect(said({ name: 'a b', group: 'g', address: 'x' })).to.match(/^name must be host names/)
    expect(said({ name: '-a', group: 'g', address: 'x' })).to.match(/^name must be host names/)
  })
})
