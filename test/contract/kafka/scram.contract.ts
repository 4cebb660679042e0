// What the kind kafka-scram promises, on the fake and on three real brokers. It makes users of its own and takes them away again.
import { expect } from 'chai'
import { toOpsError } from '../../../src/errors/index.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { CredentialSystem, CredentialsPort, LoginAnswer } from '../../../src/ports/credentials.ts'
import { SecretText } from '../../../src/ports/secret.ts'

export interface ScramUnderTest {
  readonly credentials: Omit<CredentialsPort, 'generate'>
  readonly clock: Pick<Clock, 'sleep'>
  /** Names of the three brokers, as logins are answered. */
  readonly endpoints: readonly string[]
  /** A user who may write somewhere, by other means than the port. */
  addUser(name: string, password: string): Promise<void>
  stopBroker(name: string): Promise<void>
  startBroker(name: string): Promise<void>
}

export const scram: CredentialSystem = { kind: 'kafka-scram', owner: '' }
const [old, next, nobody] = ['contract_a', 'contract_b', 'contract_nobody'] as const
const passwords = { old: 'Contract-0ld-horse', first: 'Contract-1st-staple', second: 'Contract-2nd-battery' }

export function describeKafkaScram(label: string, connect: () => Promise<ScramUnderTest>): void {
  describe(`kafka-scram on ${label}`, () => {
    let world: ScramUnderTest
    let credentials: ScramUnderTest['credentials']

    const logIn = (principal: string, password: string) =>
      credentials.logIn(scram, { principal, secret: new SecretText(password) })
    /**
     * Brokers hear of a change a moment after the controllers: what they say once they all say the same. One that was stopped has to
     * come up meanwhile.
     */
    const settled = async (
      principal: string,
      password: string,
      wanted: boolean,
    ): Promise<readonly LoginAnswer[]> => {
      let answers: readonly LoginAnswer[] = []
      for (let tries = 0; tries < 600; tries++) {
        answers = await logIn(principal, password)
        // One that does not answer in time has not refused anybody.
        if (answers.every(({ as, refused }) => (wanted ? as !== null : refused))) break
        await world.clock.sleep(100)
      }
      return answers
    }
    const make = (password: string, name: string = next, like: string = old) =>
      credentials.make(scram, { name, like, secret: new SecretText(password), run: 'run-1' })
    const failureOf = async (call: Promise<unknown>) =>
      call.then(
        () => expect.fail('nothing was thrown'),
        (thrown: unknown) => toOpsError(thrown),
      )

    before(async () => {
      world = await connect()
      credentials = world.credentials
      await world.addUser(old, passwords.old)
    })
    after(async () => {
      for (const name of [old, next]) await credentials?.revoke(scram, name)
    })

    it('finds who is there, with the grants and without a mark, and nobody else', async () => {
      const found = await credentials.find(scram, old)
      expect(found).to.deep.include({ name: old, enabled: true, madeBy: null })
      expect(found?.grants).not.to.deep.equal([])
      expect(await credentials.find(scram, nobody)).to.equal(null)
      expect((await credentials.list(scram, [nobody, old])).map(({ name }) => name)).to.deep.equal([old])
      expect(await credentials.list(scram, [])).to.deep.equal([])
    })

    it('makes a user like another, and every broker lets both in', async () => {
      const made = await make(passwords.first)
      expect(made.principal).to.equal(next)
      expect(made.secret.reveal()).to.equal(passwords.first)
      const answers = await settled(next, passwords.first, true)
      expect([...answers].sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1))).to.deep.equal(
        world.endpoints.map(endpoint => ({ endpoint, as: next, problem: null, refused: false })),
      )
      expect((await logIn(old, passwords.old)).map(({ as }) => as)).to.deep.equal([old, old, old])
      const [a, b] = await credentials.list(scram, [old, next])
      expect(b?.grants).to.deep.equal(a?.grants)
    })

    it('proves a user that may do the same, and names one that is not let in', async () => {
      const prove = (password: string) =>
        credentials.prove(scram, { principal: next, secret: new SecretText(password) }, old)
      expect(await prove(passwords.first)).to.deep.equal([])
      expect(await prove(passwords.second)).to.deep.equal([`${next} is not let in`])
    })

    it('gives a user that is there another secret; the one before is refused by every broker', async () => {
      await make(passwords.second)
      expect((await settled(next, passwords.second, true)).map(({ as }) => as)).to.deep.equal([
        next,
        next,
        next,
      ])
      const answers = await settled(next, passwords.first, false)
      expect(answers.map(({ refused }) => refused)).to.deep.equal([true, true, true])
      expect(JSON.stringify(answers)).not.to.include(passwords.first)
    })

    it('tells a broker that is away from one that refuses', async () => {
      const [away = ''] = world.endpoints
      await world.stopBroker(away)
      try {
        const answers = await logIn(next, passwords.second)
        const at = answers.find(({ endpoint }) => endpoint === away)
        expect(at).to.include({ as: null, refused: false })
        expect(at?.problem).to.be.a('string')
        expect(answers.filter(({ as }) => as === next)).to.have.length(2)
        const wrong = await logIn(next, passwords.first)
        expect(wrong.filter(({ refused }) => refused)).to.have.length(2)
        expect(wrong.find(({ endpoint }) => endpoint === away)).to.include({ refused: false })
      } finally {
        await world.startBroker(away)
      }
      expect((await settled(next, passwords.second, true)).map(({ as }) => as)).to.deep.equal([
        next,
        next,
        next,
      ])
    })

    it('cannot keep a user out for a while', async () => {
      expect(await failureOf(credentials.setEnabled(scram, next, false))).to.include({ code: 'UNSUPPORTED' })
      expect((await credentials.find(scram, next))?.enabled).to.equal(true)
    })

    it('makes nobody like one who is not there', async () => {
      const thrown = await failureOf(make(passwords.first, next, nobody))
      expect(thrown.code).to.equal('CLUSTER_REJECTED')
      expect(thrown.message + JSON.stringify(thrown)).not.to.include(passwords.first)
    })

    it('ends a user for good, once or twice, and leaves the other alone', async () => {
      await credentials.revoke(scram, next)
      await credentials.revoke(scram, next)
      const answers = await settled(next, passwords.second, false)
      expect(answers.map(({ refused }) => refused)).to.deep.equal([true, true, true])
      expect(await credentials.find(scram, next)).to.equal(null)
      expect((await logIn(old, passwords.old)).map(({ as }) => as)).to.deep.equal([old, old, old])
      expect((await credentials.find(scram, old))?.grants).not.to.deep.equal([])
    })
  })
}
