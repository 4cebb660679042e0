// What every MembershipPort promises. It runs on the fake and on three real nodes that vote; each case puts back what it changed.
import { expect } from 'chai'
import { toOpsError } from '../../src/errors/index.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { ElasticsearchPort } from '../../src/ports/elasticsearch.ts'
import type { MembershipPort } from '../../src/ports/membership.ts'

export interface MembershipUnderTest {
  readonly es: ElasticsearchPort & { readonly membership: MembershipPort }
  readonly clock: Clock
  /** Where nobody listens. */
  readonly emptyAddress: string
  readonly canShutdown: boolean
}

export function describeMembershipPort(label: string, connect: () => Promise<MembershipUnderTest>): void {
  describe(`MembershipPort on ${label}`, () => {
    let world: MembershipUnderTest
    let port: MembershipPort
    let es: MembershipUnderTest['es']

    before(async () => {
      world = await connect()
      es = world.es
      port = es.membership
    })

    async function until<T>(what: string, look: () => Promise<T | false | undefined>): Promise<T> {
      const endMs = world.clock.now().getTime() + 60_000
      for (;;) {
        const found = await look().catch(() => undefined)
        if (found) return found
        expect(world.clock.now().getTime(), what).to.be.lessThan(endMs)
        await world.clock.sleep(250)
      }
    }
    const thrownBy = (work: Promise<unknown>) => work.then(() => null, toOpsError)
    const masters = async () => (await es.nodes()).filter(({ roles }) => roles.includes('master'))

    it('asks one address for itself, and says what is wrong where nobody answers', async () => {
      for (const { url, identity } of await es.endpoints()) {
        const found = await port.identityAt(url)
        expect(found).to.include({ url, problem: null })
        expect(found.identity).to.deep.equal(identity)
      }
      const nobody = await port.identityAt(world.emptyAddress)
      expect(nobody).to.include({ url: world.emptyAddress, identity: null })
      expect(nobody.problem).to.match(/refused/i)
    })

    it('says who the members are as one node sees them', async () => {
      const [first] = await es.endpoints()
      const { identity, members } = await port.membersAt(first?.url ?? '')
      expect(identity.answeredBy).to.equal(first?.identity?.answeredBy)
      expect(members).to.have.members((await es.members()).map(({ name }) => name))
      expect((await thrownBy(port.membersAt(world.emptyAddress)))?.code).to.equal('CLUSTER_UNREACHABLE')
    })

    it('announces a removal, says how far it is, and withdraws it; or says that the server has no such thing', async () => {
      const { elected } = await es.master()
      const node = (await masters()).find(({ name }) => name !== elected)
      const id = node?.id ?? ''
      expect(await port.migration(id)).to.equal(null)
      await port.withdraw(id)
      const announced = thrownBy(port.announceRemoval({ id, reason: 'ops contract' }))
      if (!world.canShutdown) {
        expect((await announced)?.code).to.equal('UNSUPPORTED')
        return
      }
      expect(await announced).to.equal(null)
      expect((await es.shutdowns()).map(({ nodeId, type }) => ({ nodeId, type }))).to.deep.equal([
        { nodeId: id, type: 'remove' },
      ])
      expect((await port.migration(id))?.status).to.be.oneOf(['IN_PROGRESS', 'COMPLETE', 'STALLED'])
      await port.withdraw(id)
      expect(await port.migration(id)).to.equal(null)
    })

    it('takes the vote of a master, waits in vain while it is there, and gives the vote back', async function () {
      this.timeout(120_000)
      const { elected } = await es.master()
      const one = (await masters()).find(({ name }) => name !== elected)
      await port.excludeVoters([one?.name ?? ''])
      const { committed, exclusions } = await es.coordination()
      expect(committed).not.to.include(one?.id)
      expect(exclusions).to.deep.equal([{ nodeId: one?.id, nodeName: one?.name }])
      const thrown = await thrownBy(port.clearVotingExclusions({ waitForRemoval: true }))
      expect(thrown?.code).to.equal('CLUSTER_BUSY')
      await port.clearVotingExclusions({ waitForRemoval: false })
      await until('it votes again', async () => (await es.coordination()).committed.length === 3)
      expect((await es.coordination()).exclusions).to.deep.equal([])
    })

    it('has another master once the elected one has no vote', async function () {
      this.timeout(120_000)
      const { elected } = await es.master()
      await port.excludeVoters([elected ?? ''])
      const next = await until('another one is elected', async () => {
        const now = (await es.master()).elected
        return now !== null && now !== elected && now
      })
      expect((await masters()).map(({ name }) => name)).to.include(next)
      await port.clearVotingExclusions({ waitForRemoval: false })
      await until('all vote again', async () => (await es.coordination()).committed.length === 3)
    })

    it('asks an address from the moment that it follows it, and no more once it has let go of it', async () => {
      const endpoints = await es.endpoints()
      const last = endpoints.at(-1)
      const hosts = async () => (await es.endpoints()).map(({ host }) => host)
      await port.unfollow(last?.host ?? '')
      expect(await hosts()).to.deep.equal(endpoints.slice(0, -1).map(({ host }) => host))
      await port.follow({ host: last?.host ?? '', url: last?.url ?? '' })
      await port.follow({ host: last?.host ?? '', url: last?.url ?? '' })
      expect(await es.endpoints()).to.deep.equal(endpoints)
    })
  })
}
