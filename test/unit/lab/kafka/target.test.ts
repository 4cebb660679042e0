import { expect } from 'chai'
import type { OpsError } from '../../../../src/errors/index.ts'
import { saveHosts } from '../../../../src/lab/hosts/state.ts'
import { requireKafkaTarget } from '../../../../src/lab/load/kafka/target.ts'
import { shipperFiles } from '../../../../src/lab/shipper/files.ts'
import { findLab, saveState, writeAtomically } from '../../../../src/lab/state.ts'
import { makeDirectory, makeLab } from '../fake-lab.ts'
import { makeHosts } from '../hosts/fake-hosts.ts'

const kafka = {
  home: '/home',
  clusterId: 'x',
  security: 'sasl_tls',
  replicationFactor: 2,
  brokers: 3,
  filled: true,
} as const

describe('where a load of Kafka goes', () => {
  it('is the brokers of the embedded lab, as its user, with a ledger apart from the other kind', () => {
    using directory = makeDirectory()
    const stateDir = `${directory.path}/state`
    const { paths, state } = makeLab(directory.path, '')
    saveState(paths, { ...state, services: ['kafka'], kafka })
    const target = requireKafkaTarget(stateDir)
    expect(target.access.brokers).to.deep.equal([61, 62, 63].map(last => `127.253.253.${last}:9092`))
    expect(target.access.user?.name).to.equal('loader')
    expect(target.paths.ledger).to.equal(`${paths.ledger}/kafka`)
    expect(target.destination).to.equal(undefined)
  })

  it('has its far end where the members of the shipper were told', () => {
    using directory = makeDirectory()
    const stateDir = `${directory.path}/state`
    const { paths, state } = makeLab(directory.path, '')
    saveState(paths, { ...state, services: ['kafka', 'logstash'], kafka })
    for (const { name, service, address } of findLab(stateDir)?.nodes ?? []) {
      if (service !== 'logstash') continue
      const sink = { kind: 'file', file: `/${name}` }
      const member = { name, access: { brokers: [] }, topic: 't', group: 'g', sink, address, port: 9600 }
      writeAtomically(shipperFiles(state.nodesRoot, name).member, JSON.stringify(member))
    }
    expect(requireKafkaTarget(stateDir).destination).to.deep.equal({
      kind: 'files',
      files: ['/logstash01', '/logstash02'],
    })
  })

  it('is the brokers of the lab of hosts, where that is the one', () => {
    using directory = makeDirectory()
    saveHosts(makeHosts(directory.path, ['kafka']))
    const { access, destination } = requireKafkaTarget(directory.path)
    expect(access).to.deep.equal({ brokers: [41, 42, 43].map(last => `192.168.56.${last}:9092`) })
    expect(destination).to.equal(undefined)
  })

  it('is asked for in vain where there are no brokers', () => {
    using directory = makeDirectory()
    saveHosts(makeHosts(directory.path, ['vault']))
    for (const stateDir of [directory.path, '/nowhere']) {
      try {
        requireKafkaTarget(stateDir)
        expect.fail('there are none')
      } catch (error) {
        expect((error as OpsError).code).to.equal('LAB_NOT_UP')
      }
    }
  })
})
