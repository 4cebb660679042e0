// Every option of every role that a wrong value can be found for: given it, the role must refuse before its first task, and
// name the option.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { z } from 'zod'
import { YAML } from 'zx'
import type { Json } from '../../../src/ports/json.ts'
import { checkout, localInventory, openRoleTest, type RoleTest, refusalOf } from './play-role.ts'

const option = z.object({
  type: z.string(),
  required: z.boolean().optional(),
  choices: z.array(z.unknown()).optional(),
  elements: z.string().optional(),
})
const specs = z.object({
  argument_specs: z.object({ main: z.object({ options: z.record(z.string(), option) }) }),
})

const roles = readdirSync(join(checkout, 'roles'))

/** A value that the option must not take; undefined where Ansible takes anything for its type. */
function wrongValue({ type, choices, elements }: z.infer<typeof option>): Json | undefined {
  if (choices !== undefined) return type === 'list' ? ['no such choice'] : 'no such choice'
  if (type === 'int') return 'many'
  if (type === 'float') return 'much'
  if (type === 'bool') return 'perhaps'
  if (type === 'dict') return 'no mapping'
  if (type === 'list' && elements === 'int') return ['many']
  if (type === 'list' && elements === 'dict') return ['no mapping']
  if (type === 'list') return { no: 'list' }
  return undefined
}

describe('the arguments of every role', function () {
  this.timeout(300_000)
  let test: RoleTest
  before(async () => {
    test = await openRoleTest(localInventory({ all_local: { alpha: {} } }))
  })
  after(() => test.close())

  for (const role of roles) {
    it(`are refused by ${role} where one is wrong, by name`, async () => {
      const text = readFileSync(join(checkout, 'roles', role, 'meta', 'argument_specs.yml'), 'utf8')
      const { options } = specs.parse(YAML.parse(text)).argument_specs.main
      const values = Object.entries(options).map(([name, one]) => [name, wrongValue(one)] as const)
      const wrong = values.filter(([, value]) => value !== undefined)
      expect(wrong, 'no option can be wrong').not.to.deep.equal([])
      // Every other option has some value, for its default may come from an inventory.
      const given = Object.fromEntries(values.map(([name, value]) => [name, value ?? 'some text']))
      const refusal = refusalOf(await test.play(role, given), 'alpha')
      expect(refusal).to.contain('Validation of arguments failed')
      for (const [name] of wrong) expect(refusal).to.contain(name)
    })
  }
})
