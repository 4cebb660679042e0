// The files that secrets are written into, with any secret and whatever else stands in them: read back by the readers that services have,
// a shell, JSON.parse and a YAML parser that is not Python's.
import { resolve } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import fc from 'fast-check'
import { YAML } from 'zx'
import { checkout } from './stand.ts'

type Form = 'env' | 'json' | 'yaml'

const start = `
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import ops_secret_formats as formats
def write(form, text, wanted):
    try:
        new = formats.replace_values(text, form, wanted)
        return {'text': new, 'again': formats.replace_values(new, form, wanted), 'read': formats.read_values(new, form)}
    except formats.Unreadable as error:
        return {'problem': str(error)}
print(json.dumps([write(*one) for one in json.load(sys.stdin)]))
`

interface Written {
  readonly text: string
  readonly again: string
  readonly read: Readonly<Record<string, unknown>>
  readonly problem?: string
}

async function writeAll(jobs: readonly [Form, string, Record<string, string>][]): Promise<Written[]> {
  const folder = resolve(checkout, 'roles/secret_consumer/module_utils')
  const { stdout } = await execa(resolve(checkout, '.venv/bin/python'), ['-c', start, folder], {
    input: JSON.stringify(jobs),
  })
  return JSON.parse(stdout)
}

/** What a shell makes of the files, each in a process of its own. */
async function readByShell(texts: readonly string[]): Promise<readonly string[]> {
  const script = 'for text; do (eval "$text"; printf "%s\\0" "$SECRET"); done'
  const { stdout } = await execa('sh', ['-c', script, 'sh', ...texts])
  return stdout.split('\0').slice(0, -1)
}

const around: Record<Form, readonly string[]> = {
  env: ['', 'A=1', '# x\nexport SECRET=old # y\nB="two\nSECRET=lines"\n', "SECRET='old'\nSECRET=older\n"],
  json: ['', '{}', '{"a": 1.0}', '{\n\t"SECRET" : null,\n\t"b": [{"SECRET": 1}]\n}\n'],
  yaml: [
    '',
    'a: 1',
    'SECRET:\nb: 2 # c\n',
    'a: |\n  SECRET: x\nSECRET: >-\n  old\n  older\nc: 3\n',
    "SECRET: 'o''ld'\n",
  ],
}

describe('files with a secret', function () {
  this.timeout(300_000)

  it('hold any secret such that every reader reads it, and stay as they are the second time', async () => {
    const secret = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({ unit: fc.constantFrom(...`'"\\$\`# !:{}[]&*-%@~,x`), minLength: 1 }),
    )
    const secrets = fc.sample(secret, { numRuns: 300, seed: 7 })
    for (const form of ['env', 'json', 'yaml'] as const) {
      const texts = around[form]
      const jobs = secrets.map(
        (one, index) =>
          [form, texts[index % texts.length] ?? '', { NAME: 'who', SECRET: one }] as [
            Form,
            string,
            Record<string, string>,
          ],
      )
      const written = await writeAll(jobs)
      expect(written.filter(({ problem }) => problem !== undefined)).to.deep.equal([])
      const readers: Record<Form, () => Promise<readonly unknown[]>> = {
        env: () => readByShell(written.map(({ text }) => text)),
        json: async () => written.map(({ text }) => JSON.parse(text).SECRET),
        yaml: async () => written.map(({ text }) => YAML.parse(text).SECRET),
      }
      expect(await readers[form]()).to.deep.equal(secrets)
      for (const { text, again, read } of written) {
        expect(again).to.equal(text)
        expect(read.NAME).to.equal('who')
      }
    }
  })

  it('are refused where something else would change, and no complaint quotes them', async () => {
    const refusals = [
      ['env', 'A="canary\n', 'line 1: a quote is not closed'],
      ['json', '["canary"]', 'it holds no object'],
      ['json', '{"a": "canary"', 'it is no JSON'],
      ['json', '{"SECRET": {"a": "canary"}}', 'SECRET is no single value'],
      ['yaml', 'SECRET: &x canary\nb: *x\n', 'it is no YAML, line 2'],
      ['yaml', 'a: &x canary\nSECRET: *x\n', 'SECRET is no single value'],
      ['yaml', 'a: canary\n---\nb: 1\n', 'it is no YAML, line 2'],
    ] as const
    const written = await writeAll(refusals.map(([form, text]) => [form, text, { SECRET: 'new' }]))
    expect(written.map(({ problem }) => problem)).to.deep.equal(refusals.map(([, , problem]) => problem))
  })
})
