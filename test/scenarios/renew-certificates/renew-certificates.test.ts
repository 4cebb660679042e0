// Renewal on fakes: one host at a time, seen on its port before the next, and nothing made twice however often its process dies.
import { expect } from 'chai'
import { gates } from '../../../runbooks/renew-certificates/gates/index.ts'
import { isSameSerial } from '../../../runbooks/renew-certificates/renew.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { begin, carryOn, dayMs, isServed, planOn, type RenewWorld, run } from './world.ts'

const kafka = '10.0.0.71:9092'
const vault = '10.0.0.91:8200'
const withoutKafka: JsonObject = { hosts: 'all:!kafka' }

const servers = ({ files }: RenewWorld): string[] => [...files.keys()]
const firstNode = ({ world }: RenewWorld): string => `${world.cluster.state.nodes[0]?.address}:9200`
const nowMs = ({ world }: RenewWorld): number => world.clock.now().getTime()

describe('renew-certificates', () => {
  it('renews what ends before long, one host at a time, and sees each served before the next', async () => {
    const made = await begin()
    const unseen: string[] = []
    made.onMade = where => {
      for (const other of made.made)
        if (other !== where && other !== kafka && !isServed(made, other)) unseen.push(other)
    }
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expect([...made.made].sort()).to.deep.equal(servers(made).sort())
    expect(unseen).to.deep.equal([])
    expect(made.world.ansible.mostAtOnce).to.equal(1)
    for (const where of servers(made)) expect(isServed(made, where), where).to.equal(where !== kafka)
    const remarks = (await made.world.journal.read('run-1')).filter(({ type }) => type === 'remark')
    expect(remarks.map(({ text }) => text).join('\n')).to.match(
      /kafka on kafka01: serial F\d, .*: ops run rolling-restart --service kafka/,
    )
    expect([...made.world.lockTable.rows.keys()]).to.deep.equal([])
  })

  it('says beforehand what it will do to whom, and that there is no way back', async () => {
    const { body, locks } = await planOn((await begin()).world.begin())
    expect(body.effects).to.have.length(5)
    expect(body.effects.join('\n')).to.match(
      /vault on vault01 \(serial \w+, 20 days left\), and reload it, which does not seal it/,
    )
    expect(body.notes.join('\n')).to.match(/there is no way back, and none is needed.*\nKafka reads/)
    expect(locks).to.have.length(2)
  })

  it('leaves alone what is good for longer, and says when the first ends', async () => {
    const made = await begin(90)
    const { notes } = (await planOn(made.world.begin())).body
    expect(notes).to.deep.equal([
      'no certificate ends within 30 days: the first ends at 2025-07-09T20:00:00Z',
    ])
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded' })
    expect(made.made).to.deep.equal([])
  })

  it('begins with the one that ends first, and replaces one that has ended', async () => {
    const made = await begin()
    const ended = nowMs(made) - 1000
    made.certificates.serve(vault, ended)
    made.certificates.refuse(vault, 'CERT_HAS_EXPIRED')
    Object.assign(made.files.get(vault) ?? {}, { notAfterMs: ended })
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded' })
    expect(made.made[0]).to.equal(vault)
  })

  it('stops at a server that does not serve the new one, and goes on there when it does', async () => {
    const made = await begin()
    const node = firstNode(made)
    made.deaf.add(node)
    const error = failureOf(await run(made.world.begin(), withoutKafka))
    expect(error).to.include({ code: 'STALLED', exitCode: 4 })
    expect(error.message).to.match(/does not serve the new certificate, serial F\d: serves serial A\d/)
    const before = made.made.length
    made.certificates.serve(node, nowMs(made) + 825 * dayMs, made.files.get(node))
    expect(await carryOn(made.world.begin(), 'resume')).to.include({ outcome: 'succeeded' })
    expect(made.made.slice(0, before)).to.include(node)
    expect(new Set(made.made).size).to.equal(made.made.length)
  })

  it('stops at once where the new one is not accepted', async () => {
    const made = await begin()
    const node = firstNode(made)
    made.deaf.add(node)
    made.onMade = where => {
      if (where !== node) return
      made.certificates.serve(node, nowMs(made) + 825 * dayMs, made.files.get(node))
      made.certificates.refuse(node, 'unable to verify the first certificate')
    }
    const error = failureOf(await run(made.world.begin(), withoutKafka))
    expect(error.code).to.equal('CLUSTER_TLS')
    expect(error.message).to.include('is not accepted: unable to verify')
  })

  it('begins with nobody else once the cluster has lost a node', async () => {
    const made = await begin()
    made.onMade = () => {
      const lost = made.world.cluster.state.nodes.at(-1)
      if (lost !== undefined) made.world.cluster.stopNode(lost.name)
    }
    const error = failureOf(await run(made.world.begin(), { hosts: 'elasticsearch' }))
    expect(error).to.include({ code: 'STOP_CONDITION', exitCode: 4 })
    expect(made.made).to.have.length(1)
  })

  it('says which host its playbook has failed on, and resumes', async () => {
    const made = await begin()
    made.world.ansible.trouble('vault01', 'unreachable')
    expect(failureOf(await run(made.world.begin())).code).to.equal('ANSIBLE_UNREACHABLE')
    made.world.ansible.mend('vault01')
    expect(await carryOn(made.world.begin(), 'resume')).to.include({ outcome: 'succeeded' })
    expect(new Set(made.made).size).to.equal(5)
    expect(made.made).to.have.length(5)
  })

  describe('its gates', () => {
    const cases: Record<string, (made: RenewWorld) => unknown> = {
      every_port_shows_its_certificate: made => made.certificates.stop(vault),
      inventory_names_the_authority: async ({ world }) => {
        const { hosts } = await world.ansible.inventory()
        world.ansible.setHosts(hosts.map(host => ({ ...host, vars: { ...host.vars, tls_ca_dir: '' } })))
      },
      certificates_are_of_this_authority: made => made.certificates.refuse(vault, 'self-signed certificate'),
      authority_outlives_what_it_signs: made => {
        made.certificates.authorityEndsAtMs = nowMs(made) + 10 * dayMs
      },
      cluster_is_not_red: ({ world }) => {
        for (const { name } of world.cluster.state.nodes) world.cluster.stopNode(name)
      },
    }
    const verdictOf = async ({ world }: RenewWorld, gate: string) =>
      (await planOn(world.begin())).gates.find(one => one.gate === gate)

    it('walks the table', () => {
      expect(gates.map(({ name }) => name)).to.deep.equal(Object.keys(cases))
      for (const { name, prevents } of gates) {
        expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/)
        expect(prevents).to.match(/^[A-Z].{15,}\.$/)
      }
    })
    for (const [gate, spoil] of Object.entries(cases)) {
      it(`${gate} passes where all is well`, async () => {
        expect((await verdictOf(await begin(), gate))?.verdict).to.equal('pass')
      })
      it(`${gate} refuses`, async () => {
        const made = await begin()
        await spoil(made)
        const found = await verdictOf(made, gate)
        expect(found?.verdict, found?.evidence).to.equal('refuse')
      })
    }
  })

  describe('killed at every record', function () {
    this.timeout(60_000)
    for (const mode of ['resume', 'abort'] as const)
      for (const when of ['before', 'after'] as const)
        it(`makes no certificate twice (${mode}, ${when})`, async () => {
          for (let record = 1; ; record += 1) {
            const made = await begin()
            const end = await run(made.world.begin({ cut: { record, when } }))
            if (end !== 'killed') {
              expect(record).to.be.greaterThan(20)
              return
            }
            const [begun] = await made.world.journal.runs()
            if (begun === undefined || begun.outcome === 'succeeded') continue
            const carried = await carryOn(made.world.begin(), mode)
            if (carried === 'killed') throw new Error('it was not killed a second time')
            expect(new Set(made.made).size, `record ${record}`).to.equal(made.made.length)
            if (mode === 'resume') expect(made.made, `record ${record}`).to.have.length(5)
            expect([...made.world.lockTable.rows.keys()], `record ${record}`).to.deep.equal([])
          }
        })
  })

  it('takes serials for the same whatever zeros stand in front of them', () => {
    expect(isSameSerial('0A1B', 'a1b')).to.equal(true)
    expect(isSameSerial('0A1B', '0A1C')).to.equal(false)
  })
})
