// What every InventoryFilePort promises, run on the fake and on files of both formats.
import { expect } from 'chai'
import type { OpsError } from '../../src/errors/index.ts'
import type { InventoryChange, InventoryFilePort } from '../../src/ports/inventory-file.ts'

/**
 * The world of the contract: es-data03 and es-data04 in es_data_warm, logstash01 in logstash; every one with ansible_host. The group
 * es_coord is there and has no host.
 */
export function describeInventoryFileContract(
  name: string,
  open: () => { readonly port: InventoryFilePort; readonly meddle: () => void },
): void {
  describe(`InventoryFilePort: ${name}`, () => {
    const add: InventoryChange = {
      do: 'add',
      entry: { name: 'es-data06', groups: ['es_data_warm'], vars: { ansible_host: '10.0.2.6' } },
    }
    const put = async (port: InventoryFilePort, changes: readonly InventoryChange[]) =>
      port.write(changes, (await port.preview(changes)).sha256)
    const namesIn = async (port: InventoryFilePort) => (await port.entries()).map(one => one.name)

    it('gives hosts with the groups they stand in and variables of their own', async () => {
      const entries = await open().port.entries()
      expect(entries.map(one => one.name)).to.deep.equal(['es-data03', 'es-data04', 'logstash01'])
      expect(entries[0]).to.deep.equal({
        name: 'es-data03',
        groups: ['es_data_warm'],
        vars: { ansible_host: '10.0.2.3' },
      })
    })

    it('shows a change as a diff and changes nothing', async () => {
      const { port } = open()
      const { diff, sha256, file } = await port.preview([add])
      expect(diff).to.match(/^\+.*es-data06/m)
      expect(diff).not.to.match(/^-\s*(\{|es-data)/m)
      expect(sha256).to.match(/^[0-9a-f]{64}$/)
      expect(file).to.be.a('string').that.is.not.empty
      expect(await namesIn(port)).not.to.include('es-data06')
    })

    it('adds a host, and adding it again changes nothing', async () => {
      const { port } = open()
      await put(port, [add])
      expect((await port.entries()).find(one => one.name === 'es-data06')).to.deep.equal(add.entry)
      expect((await port.preview([add])).diff).to.equal('')
      await put(port, [add])
      expect((await namesIn(port)).filter(one => one === 'es-data06')).to.have.length(1)
    })

    it('removes a host, and removing it again changes nothing', async () => {
      const { port } = open()
      const before = await port.preview([])
      await put(port, [add])
      const remove: InventoryChange = { do: 'remove', name: 'es-data06' }
      await put(port, [remove])
      expect((await port.preview([])).sha256).to.equal(before.sha256)
      expect((await port.preview([remove])).diff).to.equal('')
    })

    it('makes several changes at once, in groups without a host too', async () => {
      const { port } = open()
      const coord: InventoryChange = {
        do: 'add',
        entry: {
          name: 'es-coord01',
          groups: ['es_coord'],
          vars: { ansible_host: '10.0.3.1', heap: 4, tls: true },
        },
      }
      await put(port, [add, coord, { do: 'remove', name: 'es-data03' }])
      expect(await namesIn(port)).to.have.members(['es-data04', 'es-data06', 'es-coord01', 'logstash01'])
      expect((await port.entries()).find(one => one.name === 'es-coord01')).to.deep.equal(coord.entry)
    })

    it('writes over no file that somebody has changed', async () => {
      const { port, meddle } = open()
      const { sha256 } = await port.preview([add])
      meddle()
      expect((await failureOf(port.write([add], sha256))).code).to.equal('PLAN_CHANGED')
      expect(await namesIn(port)).not.to.include('es-data06')
    })

    it('refuses a group that is not there', async () => {
      const stranger: InventoryChange = { ...add, entry: { ...add.entry, groups: ['es_frozen'] } }
      const { code, message } = await failureOf(open().port.preview([stranger]))
      expect(code).to.equal('INVENTORY_INVALID')
      expect(message).to.contain('es_frozen')
    })

    it('writes no secret, and the name of its place all the same', async () => {
      const { port } = open()
      const withVars = (vars: Record<string, string>): InventoryChange => ({
        ...add,
        entry: { ...add.entry, vars },
      })
      expect((await failureOf(port.preview([withVars({ es_password: 'x' })]))).code).to.equal(
        'INVENTORY_INVALID',
      )
      for (const name of ['ansible_ssh_pass', 'ansible_become_pass', 'es_api_key'])
        expect((await failureOf(port.preview([withVars({ [name]: 'x' })]))).code, name).to.equal(
          'INVENTORY_INVALID',
        )
      expect((await port.preview([withVars({ es_password_file: '/run/x' })])).diff).not.to.equal('')
    })
  })
}

export async function failureOf(promise: Promise<unknown>): Promise<OpsError> {
  return promise.then(
    () => {
      throw new Error('nothing was thrown')
    },
    thrown => thrown as OpsError,
  )
}
