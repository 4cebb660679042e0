import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { openInventoryFile } from '../../src/adapters/inventory-file/index.ts'
import type { InventoryFilePort } from '../../src/ports/inventory-file.ts'
import type { JsonObject } from '../../src/ports/json.ts'
import { FakeInventoryFile } from '../support/fake-world/fake-inventory-file.ts'
import { describeInventoryFileContract, failureOf } from './inventory-file.contract.ts'

const yaml = `---
# The hosts of a test.
all:
  children:
    elasticsearch:
      children:
        es_data_warm:
          hosts:
            es-data03: { ansible_host: 10.0.2.3 } # the oldest
            # bought later
            es-data04: { ansible_host: 10.0.2.4 }
        es_coord:
    logstash:
      hosts:
        logstash01:
          ansible_host: 10.0.5.1
`
const json = `${JSON.stringify(
  {
    _meta: {
      hostvars: {
        'es-data03': { ansible_host: '10.0.2.3' },
        'es-data04': { ansible_host: '10.0.2.4' },
        logstash01: { ansible_host: '10.0.5.1' },
      },
    },
    all: { children: ['elasticsearch', 'logstash'], vars: { es_cluster_name: 'x' } },
    es_data_warm: { hosts: ['es-data03', 'es-data04'] },
    es_coord: { hosts: [] },
    logstash: { hosts: ['logstash01'], vars: { ops_service: 'logstash' } },
  },
  null,
  2,
)}\n`

const entries = [
  { name: 'es-data03', groups: ['es_data_warm'], vars: { ansible_host: '10.0.2.3' } },
  { name: 'es-data04', groups: ['es_data_warm'], vars: { ansible_host: '10.0.2.4' } },
  { name: 'logstash01', groups: ['logstash'], vars: { ansible_host: '10.0.5.1' } },
]

describeInventoryFileContract('fake', () => {
  const port = new FakeInventoryFile({ entries, groups: ['es_coord'] })
  return { port, meddle: () => port.edit({ do: 'remove', name: 'logstash01' }) }
})

describe('inventories on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ops-inventory-'))
  let count = 0
  after(() => rmSync(folder, { recursive: true }))

  const portOn = (source: string, vars: JsonObject = {}): InventoryFilePort =>
    openInventoryFile({
      checkout: folder,
      inventory: async () => ({ source, hash: '', hosts: [{ name: 'any', groups: [], vars }] }),
    })
  const write = (content: string, name = `${++count}.yml`): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  for (const [format, content] of [
    ['YAML', yaml],
    ['JSON', json],
  ] as const)
    describeInventoryFileContract(format, () => {
      const file = write(content)
      return { port: portOn(file), meddle: () => writeFileSync(file, `${content}\n`) }
    })

  const add = (groups: readonly string[] = ['es_data_warm']) =>
    ({ do: 'add', entry: { name: 'new01', groups, vars: { ansible_host: '10.0.9.9' } } }) as const
  const textAfter = async (content: string, groups?: readonly string[]): Promise<string> => {
    const file = write(content)
    const port = portOn(file)
    await port.write([add(groups)], (await port.preview([])).sha256)
    return readFileSync(file, 'utf8')
  }

  it('changes one line of a YAML file and leaves comments, order and style', async () => {
    const line = '            new01: { ansible_host: 10.0.9.9 }\n'
    expect(await textAfter(yaml)).to.equal(yaml.replace('10.0.2.4 }\n', `10.0.2.4 }\n${line}`))
  })

  it('writes as the hosts beside it are written', async () => {
    expect(await textAfter(yaml, ['logstash'])).to.equal(
      `${yaml}        new01:\n          ansible_host: 10.0.9.9\n`,
    )
  })

  it('begins the list of hosts of a group that has none', async () => {
    expect(await textAfter(yaml, ['es_coord'])).to.contain(
      '        es_coord:\n          hosts:\n            new01: { ansible_host: 10.0.9.9 }\n    logstash:',
    )
    expect(await textAfter('g:\n  hosts: {}\n  vars:\n    a: 1\n', ['g'])).to.equal(
      'g:\n  hosts:\n    new01: { ansible_host: 10.0.9.9 }\n  vars:\n    a: 1\n',
    )
  })

  it('keeps the line ends of Windows, and gives a last line its end', async () => {
    expect(await textAfter('g:\r\n  hosts:\r\n    a: { x: 1 }\r\n', ['g'])).to.equal(
      'g:\r\n  hosts:\r\n    a: { x: 1 }\r\n    new01: { ansible_host: 10.0.9.9 }\r\n',
    )
    expect(await textAfter('g:\n  hosts:\n    a: { x: 1 }', ['g'])).to.equal(
      'g:\n  hosts:\n    a: { x: 1 }\n    new01: { ansible_host: 10.0.9.9 }\n',
    )
  })

  it('puts the variables of a host with several groups into the first', async () => {
    const text = await textAfter('a:\n  hosts:\n    x: {}\nb:\n  hosts:\n    x: {}\n', ['a', 'b'])
    expect(text).to.equal(
      'a:\n  hosts:\n    x: {}\n    new01: { ansible_host: 10.0.9.9 }\nb:\n  hosts:\n    x: {}\n    new01:\n',
    )
  })

  it('sees every host of a range, and takes none out of it', async () => {
    const port = portOn(write('g:\n  hosts:\n    n[08:10]: { x: 1 }\n'))
    expect((await port.entries()).map(one => one.name)).to.deep.equal(['n08', 'n09', 'n10'])
    const { code, message } = await failureOf(port.preview([{ do: 'remove', name: 'n09' }]))
    expect(code).to.equal('INVENTORY_INVALID')
    expect(message).to.contain('cannot take out n09')
  })

  it('refuses what it cannot edit line by line, and what is no inventory', async () => {
    for (const content of [
      'g: { hosts: { a: {} } }\n',
      'g:\n  hosts: &h\n    a: {}\nk:\n  hosts: *h\n',
      'g:\n  hosts:\n    a: 1\n    a: 2\n',
      '- a\n',
      '[g]\na\n',
      '{"g": ["a"]}',
    ]) {
      const { code } = await failureOf(textAfter(content, content.includes('k:') ? ['k'] : ['g']))
      expect(code, content).to.equal('INVENTORY_INVALID')
    }
  })

  it('keeps the mode of the file, follows a link, and leaves nothing else behind', async () => {
    const place = mkdtempSync(join(folder, 'mode-'))
    const file = join(place, 'real.yml')
    writeFileSync(file, yaml)
    chmodSync(file, 0o640)
    symlinkSync(file, join(place, 'hosts.yml'))
    const port = portOn(place)
    await port.write([add()], (await port.preview([add()])).sha256)
    expect(statSync(file).mode & 0o777).to.equal(0o640)
    expect(readFileSync(file, 'utf8')).to.contain('new01')
  })

  it('writes to the file that the inventory names, else to hosts.yml of its folder', async () => {
    const place = mkdtempSync(join(folder, 'which-'))
    writeFileSync(join(place, 'hosts.yml'), yaml)
    writeFileSync(join(place, 'other.json'), json)
    expect((await portOn(place).preview([])).file).to.equal(join(place, 'hosts.yml').slice(folder.length + 1))
    const named = portOn(place, { ops_inventory_file: join(place, 'other.json') })
    expect((await named.preview([])).file).to.match(/other\.json$/)
  })

  it('refuses a program that prints hosts, and a folder without a file of hosts', async () => {
    const place = mkdtempSync(join(folder, 'script-'))
    const none = await failureOf(portOn(place).entries())
    expect(none).to.include({ code: 'INVENTORY_INVALID' })
    expect(none.hint).to.contain('ops_inventory_file')
    const script = join(place, 'hosts')
    writeFileSync(script, '#!/bin/sh\n')
    chmodSync(script, 0o755)
    const { code, message, hint } = await failureOf(portOn(script).entries())
    expect(code).to.equal('INVENTORY_INVALID')
    expect(message).to.contain('a program that prints hosts')
    expect(hint).to.contain('ops_inventory_file')
  })
})
