// How an inventory says where Kafka is.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { connectKafka } from '../../../src/app/kafka.ts'
import { Redactor } from '../../../src/engine/redactor.ts'
import type { OpsError } from '../../../src/errors/index.ts'
import type { JsonObject } from '../../../src/ports/json.ts'

const inventoryOf = (vars: JsonObject, groups = ['kafka']) => ({
  source: 'inventory/test',
  hash: '',
  hosts: [{ name: 'kafka01', groups, vars }],
})

function failureOf(vars: JsonObject): OpsError {
  try {
    connectKafka(inventoryOf(vars), new Redactor())
  } catch (thrown) {
    return thrown as OpsError
  }
  return expect.fail('nothing was thrown')
}

describe('Kafka of an inventory', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ops-kafka-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('is absent where no host is in its group', () => {
    expect(connectKafka(inventoryOf({}, ['elasticsearch']), new Redactor())).to.equal(null)
  })

  it('is reached by address, port and node id, each with a default', async () => {
    const bare = connectKafka(inventoryOf({}), new Redactor())
    const [one] = (await bare?.endpoints()) ?? []
    expect(one).to.include({ host: 'kafka01', address: 'kafka01:9092', identity: null })
    await bare?.close()
    const full = connectKafka(inventoryOf({ ansible_host: '127.0.0.1', kafka_port: 1 }), new Redactor())
    const [other] = (await full?.endpoints()) ?? []
    expect(other).to.include({ address: '127.0.0.1:1', identity: null })
    await full?.close()
  })

  it('keeps the password out of whatever is said, from the moment it is read', () => {
    const file = join(directory, 'password')
    writeFileSync(file, 'correct-horse\n', { mode: 0o600 })
    const redactor = new Redactor()
    const vars = { kafka_security: 'sasl_tls', kafka_username: 'ops', kafka_password_file: file }
    expect(connectKafka(inventoryOf(vars), redactor)).not.to.equal(null)
    expect(redactor.text('it is correct-horse')).not.to.include('correct-horse')
  })

  it('refuses a password that others may read, a short one, and one that is not there', () => {
    const file = join(directory, 'password')
    const vars = { kafka_security: 'sasl_tls', kafka_username: 'ops', kafka_password_file: file }
    expect(failureOf(vars)).to.include({ code: 'SECRET_MISSING' })
    writeFileSync(file, 'abc')
    chmodSync(file, 0o644)
    expect(failureOf(vars)).to.include({ code: 'SECRET_MISSING', hint: `chmod 600 ${file}` })
    chmodSync(file, 0o600)
    expect(failureOf(vars).message).to.include('fewer than 4 characters')
  })

  it('names what the inventory does not say, and a security that is none', () => {
    expect(failureOf({ kafka_security: 'ssl' })).to.include({ code: 'INVENTORY_INVALID' })
    expect(failureOf({ kafka_security: 'sasl_tls' }).message).to.include('kafka_username')
    expect(failureOf({ kafka_security: 'sasl_tls', kafka_username: 'ops' }).message).to.include(
      'kafka_password_file',
    )
  })
})
