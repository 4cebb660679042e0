// What CredentialsPort promises for the kinds of Elasticsearch. It runs on the fake and on real nodes, and puts back whoever it kept out.
import { expect } from 'chai'
import { toOpsError } from '../../src/errors/index.ts'
import type {
  Credential,
  CredentialKind,
  CredentialSystem,
  CredentialsPort,
  LoginAnswer,
} from '../../src/ports/credentials.ts'
import { SecretText } from '../../src/ports/secret.ts'

export interface CredentialsUnderTest {
  readonly credentials: Omit<CredentialsPort, 'generate'>
  /** Users: the second one is disabled, has another secret and other rights until it is made; the third has other rights. */
  readonly users: { readonly names: readonly [string, string]; readonly secret: string }
  readonly narrow: { readonly name: string; readonly secret: string }
  readonly reserved: { readonly name: string; readonly secret: string }
  readonly apiKey: { readonly owner: string; readonly id: string; readonly secret: string }
  readonly token: { readonly owner: string; readonly name: string; readonly secret: string }
  /** Of the endpoints of the inventory, the one that does not answer. */
  readonly deadEndpoint: string
  readonly endpoints: number
}

const system = (kind: CredentialKind, owner = ''): CredentialSystem => ({ kind, owner })
const users = system('elasticsearch-user')
const reserved = system('elasticsearch-reserved-user')
const make = (text: string) => new SecretText(text)
const run = '20261129-031500-a1b'

export function describeElasticsearchCredentials(
  label: string,
  open: () => Promise<CredentialsUnderTest>,
): void {
  describe(`credentials of Elasticsearch on ${label}`, () => {
    let world: CredentialsUnderTest
    let port: CredentialsUnderTest['credentials']
    before(async () => {
      world = await open()
      port = world.credentials
    })

    /** Who the answering endpoints let in, all of the same mind. */
    async function whoGetsIn(
      on: CredentialSystem,
      principal: string,
      secret: string,
    ): Promise<string | null> {
      const answers = await port.logIn(on, { principal, secret: make(secret) })
      expect(answers.length).to.equal(world.endpoints)
      const dead = answers.find(({ endpoint }) => endpoint === world.deadEndpoint)
      expect(dead).to.include({ as: null, refused: false })
      expect(dead?.problem).to.not.equal(null)
      const living = answers.filter(answer => answer !== dead)
      const [first] = living as [LoginAnswer]
      for (const answer of living) {
        expect(answer).to.deep.equal({ ...first, endpoint: answer.endpoint })
        expect(answer.refused).to.equal(answer.as === null)
        expect(answer.problem === null).to.equal(answer.as !== null)
        expect(String(answer.problem)).to.not.include(secret)
      }
      return first.as
    }
    const codeOf = async (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => 'no error',
        thrown => toOpsError(thrown).code,
      )

    describe('users', () => {
      it('are found with their rights, and nobody else is', async () => {
        const [a, b] = world.users.names
        expect(await port.find(users, a)).to.include({ name: a, enabled: true, madeBy: null })
        expect(await port.find(users, b)).to.include({ name: b, enabled: false })
        expect(await port.find(users, 'nobody-of-this-name')).to.equal(null)
        expect((await port.list(users, [a, 'nobody-of-this-name'])).map(({ name }) => name)).to.deep.equal([
          a,
        ])
        expect(await port.list(users, [])).to.deep.equal([])
      })

      it('are let in with their own secret alone', async () => {
        const [a, b] = world.users.names
        expect(await whoGetsIn(users, a, world.users.secret)).to.equal(a)
        expect(await whoGetsIn(users, a, 'another-secret')).to.equal(null)
        expect(await whoGetsIn(users, b, world.users.secret)).to.equal(null)
      })

      it('cannot be given what the system takes for no secret, and stay as they are', async () => {
        const [a, b] = world.users.names
        const before = await port.find(users, b)
        const wanted = { name: b, like: a, secret: make('abc'), run }
        const thrown = await port.make(users, wanted).then(() => null, toOpsError)
        expect(thrown?.code).to.equal('SECRET_REJECTED')
        expect(thrown?.message).to.not.match(/\babc\b/)
        expect(await port.find(users, b)).to.deep.equal(before)
      })

      it('are made like another one: its rights, enabled, with the mark of the run', async () => {
        const [a, b] = world.users.names
        const wanted = { name: b, like: a, secret: make('second-secret-1'), run }
        expect((await port.make(users, wanted)).principal).to.equal(b)
        const [one, other] = await port.list(users, [a, b])
        expect(other).to.deep.equal({ name: b, enabled: true, grants: one?.grants, madeBy: run })
        expect(await whoGetsIn(users, b, 'second-secret-1')).to.equal(b)
        expect(await whoGetsIn(users, a, world.users.secret)).to.equal(a)
      })

      it('that are there already get the new secret, and the old one is refused', async () => {
        const [a, b] = world.users.names
        await port.make(users, { name: b, like: a, secret: make('second-secret-2'), run: 'another-run' })
        expect(await whoGetsIn(users, b, 'second-secret-1')).to.equal(null)
        expect(await whoGetsIn(users, b, 'second-secret-2')).to.equal(b)
        expect((await port.find(users, b))?.madeBy).to.equal('another-run')
      })

      it('prove that they may do the same as the one they were made like', async () => {
        const [a, b] = world.users.names
        const credential = { principal: b, secret: make('second-secret-2') }
        expect(await port.prove(users, credential, a)).to.deep.equal([])
      })

      it('do not prove it with a wrong secret, or with other rights', async () => {
        const [a, b] = world.users.names
        expect(
          await port.prove(users, { principal: b, secret: make('second-secret-1') }, a),
        ).to.not.deep.equal([])
        const narrow = { principal: world.narrow.name, secret: make(world.narrow.secret) }
        expect(await port.prove(users, narrow, a)).to.not.deep.equal([])
      })

      it('are kept out for a while, and let in again with the same secret', async () => {
        const [, b] = world.users.names
        await port.setEnabled(users, b, false)
        expect((await port.find(users, b))?.enabled).to.equal(false)
        expect(await whoGetsIn(users, b, 'second-secret-2')).to.equal(null)
        await port.setEnabled(users, b, false)
        await port.setEnabled(users, b, true)
        expect(await whoGetsIn(users, b, 'second-secret-2')).to.equal(b)
      })

      it('that are revoked stay out with the old secret even when they are enabled again', async () => {
        const [, b] = world.users.names
        await port.revoke(users, b)
        expect(await port.find(users, b)).to.include({ enabled: false })
        await port.setEnabled(users, b, true)
        expect(await whoGetsIn(users, b, 'second-secret-2')).to.equal(null)
        await port.revoke(users, b)
        await port.revoke(users, 'nobody-of-this-name')
      })

      it('cannot be made like nobody, and nobody can be kept out', async () => {
        const [, b] = world.users.names
        const wanted = { name: b, like: 'nobody-of-this-name', secret: make('second-secret-3'), run }
        expect(await codeOf(port.make(users, wanted))).to.equal('CLUSTER_REJECTED')
        expect(await codeOf(port.setEnabled(users, 'nobody-of-this-name', false))).to.equal(
          'CLUSTER_REJECTED',
        )
      })
    })

    describe('a reserved user', () => {
      it('gets another secret, and the old one ends at that moment', async () => {
        const { name, secret } = world.reserved
        expect(await whoGetsIn(reserved, name, secret)).to.equal(name)
        const before = await port.find(reserved, name)
        const made = await port.make(reserved, { name, like: name, secret: make('reserved-secret-2'), run })
        expect(made.principal).to.equal(name)
        expect(await whoGetsIn(reserved, name, secret)).to.equal(null)
        expect(await whoGetsIn(reserved, name, 'reserved-secret-2')).to.equal(name)
        expect(await port.find(reserved, name)).to.deep.equal(before)
        expect(await port.prove(reserved, made, name)).to.deep.equal([])
      })

      it('is neither kept out nor revoked, and takes no secret that is none', async () => {
        const { name } = world.reserved
        expect(await codeOf(port.setEnabled(reserved, name, false))).to.equal('UNSUPPORTED')
        expect(await codeOf(port.revoke(reserved, name))).to.equal('UNSUPPORTED')
        const wanted = { name, like: name, secret: make('abc'), run }
        expect(await codeOf(port.make(reserved, wanted))).to.equal('SECRET_REJECTED')
        expect(await whoGetsIn(reserved, name, 'reserved-secret-2')).to.equal(name)
      })
    })

    const describeMany = (
      what: string,
      first: () => { readonly on: CredentialSystem; readonly name: string; readonly secret: string },
    ): void => {
      describe(what, () => {
        let made: Credential

        it('are found and listed by their owner, and let in', async () => {
          const { on, name, secret } = first()
          const found = await port.find(on, name)
          expect(found).to.include({ name, enabled: true, madeBy: null })
          expect(await port.list(on, [])).to.deep.equal([found])
          expect(await port.find(on, 'nobody-of-this-name')).to.equal(null)
          expect(await whoGetsIn(on, name, secret)).to.equal(name)
        })

        it('are made beside the old one with the same rights, and both are let in', async () => {
          const { on, name, secret } = first()
          made = await port.make(on, { name: 'a-wish', like: name, secret: null, run })
          expect(made.principal).to.not.equal(name)
          const all = await port.list(on, [])
          expect(all.map(one => one.name)).to.have.members([name, made.principal])
          const [old, fresh] = [name, made.principal].map(wanted => all.find(one => one.name === wanted))
          expect(fresh).to.deep.equal({ ...old, name: made.principal, madeBy: run })
          expect(await whoGetsIn(on, made.principal, made.secret.reveal())).to.equal(made.principal)
          expect(await whoGetsIn(on, name, secret)).to.equal(name)
          expect(await port.prove(on, made, name)).to.deep.equal([])
        })

        it('are made anew by a run that has lost its first one, and found by the mark of the run', async () => {
          const { on, name } = first()
          const again = await port.make(on, { name: 'a-wish', like: name, secret: null, run })
          expect(again.principal).to.not.equal(made.principal)
          const marked = (await port.list(on, [])).filter(({ madeBy }) => madeBy === run)
          expect(marked.map(one => one.name)).to.have.members([made.principal, again.principal])
          await port.revoke(on, again.principal)
        })

        it('are gone when they are revoked, and the others are not', async () => {
          const { on, name, secret } = first()
          await port.revoke(on, made.principal)
          expect(await port.find(on, made.principal)).to.equal(null)
          expect(await whoGetsIn(on, made.principal, made.secret.reveal())).to.equal(null)
          expect(await port.prove(on, made, name)).to.not.deep.equal([])
          expect((await port.list(on, [])).map(one => one.name)).to.deep.equal([name])
          expect(await whoGetsIn(on, name, secret)).to.equal(name)
          await port.revoke(on, made.principal)
        })

        it('cannot be kept out for a while, nor made like nobody', async () => {
          const { on, name } = first()
          expect(await codeOf(port.setEnabled(on, name, false))).to.equal('UNSUPPORTED')
          const wanted = { name: 'a-wish', like: 'nobody-of-this-name', secret: null, run }
          expect(await codeOf(port.make(on, wanted))).to.equal('CLUSTER_REJECTED')
        })
      })
    }
    describeMany('API keys', () => {
      const { owner, id, secret } = world.apiKey
      return { on: system('elasticsearch-api-key', owner), name: id, secret }
    })
    describeMany('service tokens', () => {
      const { owner, name, secret } = world.token
      return { on: system('elasticsearch-service-token', owner), name, secret }
    })
  })
}
