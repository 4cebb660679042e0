// rotate-secrets.yml on real Ansible with an API key of Elasticsearch, in each form in which files have one.
import { join } from 'node:path'
import { expect } from 'chai'
import { entryOf, given, openStand, type Stand } from './stand.ts'

const [id, key] = ['VuaCfGcBCdbkQm-e5aOx', 'ui2lp2axTNmsyakw9tvNnw']
const pair = `${id}:${key}`

describe('rotate-secrets.yml with an API key', function () {
  this.timeout(300_000)
  let stand: Stand
  before(async () => {
    const how = { apply: 'none', login_as: 'api_key' }
    stand = await openStand((folder, login_url) => ({
      both: entryOf(join(folder, 'both.env'), { ...how, login_url }),
      whole: entryOf(join(folder, 'whole.env'), { ...how, login_url, names: { secret: 'ES_API_KEY' } }),
    }))
    stand.letIn.add(pair)
  })
  after(() => stand.close())

  const rotate = async (host: string, value: string) => {
    const vars = given(value, { ops_secret_principal: id })
    return (await stand.play('rotate-secrets.yml', vars, { hosts: [host] })).result
  }

  for (const [form, value] of [
    ['alone', key],
    ['after its id and a colon', pair],
    ['with its id in base64', Buffer.from(pair).toString('base64')],
  ] as const)
    it(`logs in where the file has it ${form}`, async () => {
      expect(await rotate('both', value)).to.deep.include({ logged_in_as: id, login_problem: null })
      expect(await stand.read('both.env')).to.include(value)
    })

  it('logs in where the file has no field for the id', async () => {
    expect(await rotate('whole', pair)).to.deep.include({ logged_in_as: id, login_problem: null })
    const encoded = Buffer.from(pair).toString('base64')
    expect(await rotate('whole', encoded)).to.deep.include({ logged_in_as: id, login_problem: null })
  })
})
