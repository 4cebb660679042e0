import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import type { OpsError } from '../../../src/errors/index.ts'
import { takeDown } from '../../../src/lab/down.ts'
import { labPaths } from '../../../src/lab/paths.ts'
import { findLab, requireLab, saveState } from '../../../src/lab/state.ts'
import { labStatus, renderStatus } from '../../../src/lab/status.ts'
import { bringUp } from '../../../src/lab/up.ts'
import { checkRequest } from '../../../src/lab/up-request.ts'
import { makeDirectory, makeLab } from './fake-lab.ts'

const request = { stateDir: '/state', talk: () => {} }
const quiet = () => {}

describe('bringing a lab up', () => {
  it('refuses a network that is not loopback', () => {
    for (const net of ['10.0.0', '127.0', '127.0.0.1', '']) {
      expect(() => checkRequest({ ...request, net }, undefined))
        .to.throw()
        .with.property('code', 'USAGE')
    }
  })

  it('refuses to make another lab of the one that is there', () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path, '')
    expect(() => checkRequest({ ...request, layout: 'full' }, lab)).to.throw('layout small, not full')
    expect(() => checkRequest({ ...request, net: '127.0.7' }, lab)).to.throw(
      'network 127.253.253, not 127.0.7',
    )
    expect(() => checkRequest({ ...request, layout: 'small' }, lab)).not.to.throw()
  })

  it('refuses a shipper without Kafka, and copies or brokers that the lab cannot have', () => {
    expect(() => checkRequest({ ...request, services: ['elasticsearch', 'logstash'] }, undefined))
      .to.throw('the lab has none')
      .with.property('code', 'USAGE')
    expect(() => checkRequest({ ...request, services: ['kafka', 'logstash'] }, undefined)).not.to.throw()
    for (const wrong of [
      ...[0, 1, 4].map(kafkaCopies => ({ kafkaCopies })),
      ...[2, 3.5, 7].map(kafkaBrokers => ({ kafkaBrokers })),
    ]) {
      expect(() => checkRequest({ ...request, ...wrong }, undefined))
        .to.throw()
        .with.property('code', 'USAGE')
    }
  })

  it('refuses to give the brokers that are there another security, other copies or another number', () => {
    using directory = makeDirectory()
    const { state, ...rest } = makeLab(directory.path, '')
    const kafka = {
      home: '/home',
      clusterId: 'x',
      security: 'plaintext',
      replicationFactor: 2,
      brokers: 3,
      filled: true,
    } as const
    const lab = { ...rest, state: { ...state, kafka } }
    expect(() => checkRequest({ ...request, kafkaSecurity: 'tls' }, lab)).to.throw(
      'brokers that speak plaintext, not tls',
    )
    expect(() => checkRequest({ ...request, kafkaCopies: 3 }, lab)).to.throw('2 copies of raw-logs, not 3')
    expect(() => checkRequest({ ...request, kafkaBrokers: 6 }, lab)).to.throw('3 brokers, not 6')
    expect(() =>
      checkRequest({ ...request, kafkaCopies: 2, kafkaBrokers: 3, kafkaSecurity: 'plaintext' }, lab),
    ).not.to.throw()
  })

  it('says who is on an address that a node needs, and makes nothing', async () => {
    using directory = makeDirectory()
    const server = createServer().listen(9200, '127.253.252.51')
    const lab = makeLab(directory.path, '')
    const stateDir = join(directory.path, 'state')
    saveState(lab.paths, { ...lab.state, net: '127.253.252' })
    const error = await bringUp({ stateDir, talk: quiet }).catch(thrown => thrown as OpsError)
    server.close()
    expect(error)
      .to.have.property('message')
      .that.matches(/^127\.253\.252\.51:9200, .* is taken by .*process \d+/)
  })
})

describe('the state of the lab', () => {
  it('is asked for in vain where none is up', () => {
    expect(() => requireLab('/nowhere'))
      .to.throw()
      .with.property('code', 'LAB_NOT_UP')
  })

  it('survives being written and read', () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path, '')
    saveState(lab.paths, lab.state)
    expect(findLab(join(directory.path, 'state'))?.state).to.deep.equal(lab.state)
  })

  it('has the shape that scripts rely on', async () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path, '')
    const status = await labStatus(lab)
    expect(Object.keys(status)).to.deep.equal(['nodes', 'elasticsearch'])
    expect(status.nodes[0]).to.deep.equal({
      name: 'es-fake01',
      service: 'elasticsearch',
      address: '127.253.253.1',
      port: 9200,
      pid: null,
      state: 'stopped',
    })
    expect(Object.keys(status.elasticsearch ?? {})).to.deep.equal([
      'urls',
      'caFile',
      'username',
      'passwordFile',
    ])
    expect(renderStatus(status).split('\n')[0]).to.equal('es-fake01  127.253.253.1:9200    stopped')
  })
})

describe('taking a lab down', () => {
  it('is content where there is none', async () => {
    using directory = makeDirectory()
    expect(await takeDown(directory.path, quiet)).to.equal(false)
  })

  it('removes one that was only begun, and one whose state cannot be read', async () => {
    for (const text of [undefined, '{"layout":']) {
      using directory = makeDirectory()
      const paths = labPaths(directory.path)
      mkdirSync(dirname(paths.caFile), { recursive: true })
      if (text !== undefined) writeFileSync(paths.state, text)
      expect(await takeDown(directory.path, quiet)).to.equal(true)
      expect(await takeDown(directory.path, quiet)).to.equal(false)
    }
  })
})
