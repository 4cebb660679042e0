// Proves what a new credential may do, as it: its privileges beside what the roles of the other one name, and a document on an index of
// its own where it may write and `ops` may clean up. It must never write into an index that it did not make.
import { z } from 'zod'
import type { Credential } from '../../../ports/credentials.ts'
import { readReason } from '../errors.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'
import type { Reply, Request, Wire } from '../wire.ts'
import { type Proof, planProof } from './canary-index.ts'
import type { Authenticated, RoleDescriptor } from './kind.ts'
import { authenticate, authenticatedAnswer } from './log-in.ts'
import { listLacking, planQuestion } from './privileges.ts'

export interface ProofOf {
  readonly pool: Pool
  /** As the new credential. */
  readonly wires: readonly Wire[]
  readonly credential: Credential
  /** The name of the one whose rights are the measure, and those. */
  readonly like: string
  readonly rights: readonly RoleDescriptor[]
  /** Its roles by name, where names are what is granted. */
  readonly roles: readonly string[] | null
}

type Asked = { readonly status: number; readonly body: unknown } | { readonly problem: string }

export async function prove(of: ProofOf): Promise<readonly string[]> {
  const { credential, wires } = of
  const me = await askAs(wires, authenticate)
  if ('problem' in me) return [`${credential.principal} gets no answer: ${me.problem}`]
  const found = authenticatedAnswer.safeParse(me.body)
  if (me.status !== 200 || !found.success)
    return [`${credential.principal} is not let in (HTTP ${me.status})`]
  return [...compareRoles(of, found.data), ...(await comparePrivileges(of)), ...(await proveWriting(of))]
}

function compareRoles({ credential, like, roles }: ProofOf, me: Authenticated): readonly string[] {
  if (roles === null) return []
  const [held, wanted] = [me.roles.toSorted().join(', '), roles.toSorted().join(', ')]
  return held === wanted ? [] : [`${credential.principal} has the roles ${held}, and ${like} has ${wanted}`]
}

/** As many as a person reads. */
const mostNamed = 5

async function comparePrivileges({ wires, credential, like, rights }: ProofOf): Promise<readonly string[]> {
  const question = planQuestion(rights)
  if (question === null) return []
  const unsaid = `nobody says what ${credential.principal} may do`
  const answer = await askAs(wires, question)
  if ('problem' in answer) return [`${unsaid}: ${answer.problem}`]
  if (answer.status !== 200) return [`${unsaid} (HTTP ${answer.status}): ${readReason(answer.body).reason}`]
  const lacking = listLacking(answer.body)
  if (lacking.length === 0) return []
  const more = lacking.length > mostNamed ? ` and ${lacking.length - mostNamed} more` : ''
  return [
    `${credential.principal} lacks what ${like} is given: ${lacking.slice(0, mostNamed).join('; ')}${more}`,
  ]
}

async function proveWriting({ pool, wires, credential, rights }: ProofOf): Promise<readonly string[]> {
  const proof = await planProof(pool, rights, credential.principal)
  if (proof === null) return []
  const { index, id } = proof
  const path = `/${index}/_create/${id}`
  const body = { '@timestamp': new Date().toISOString(), message: 'a canary of ops' }
  try {
    // Sent again after a lost answer it finds itself: that counts as written.
    const written = await askAs(wires, { method: 'PUT', path, query: { timeout: '7s' }, body })
    if ('problem' in written)
      return [`${credential.principal} gets no answer when it writes to ${index}: ${written.problem}`]
    if (written.status !== 201 && written.status !== 409)
      return [
        `${credential.principal} cannot write to ${index} (HTTP ${written.status}): ${readReason(written.body).reason}`,
      ]
    return await proveReading(pool, wires, proof, credential.principal)
  } finally {
    await remove(pool, index)
  }
}

async function remove(pool: Pool, index: string): Promise<void> {
  const rest = { method: 'DELETE', viaMaster: 'change' } as const
  const query = { ignore_unavailable: 'true' }
  const { status } = await pool.read({ ...rest, path: `/${index}`, query, accept: [400, 404] })
  // Where a template makes data streams of such names, it is one.
  if (status === 400) await pool.read({ ...rest, path: `/_data_stream/${index}`, accept: [404] })
}

const foundAnswer = z.object({ found: z.boolean().default(false) })

async function proveReading(
  pool: Pool,
  wires: readonly Wire[],
  proof: Proof,
  name: string,
): Promise<readonly string[]> {
  const { index, id, reader } = proof
  if (reader === null) return []
  const request = { method: 'GET', path: `/${index}/_doc/${id}`, query: { realtime: 'true' } } as const
  if (reader === 'ops') {
    const { found } = parse(foundAnswer, await pool.read({ ...request, accept: [404] }))
    return found ? [] : [`what ${name} wrote to ${index} is not there`]
  }
  const answer = await askAs(wires, request)
  if ('problem' in answer) return [`${name} gets no answer when it reads from ${index}: ${answer.problem}`]
  const found = foundAnswer.safeParse(answer.body).data?.found === true
  return found ? [] : [`${name} cannot read what it wrote to ${index} (HTTP ${answer.status})`]
}

/** From whichever endpoint answers; only for what may be sent twice. */
async function askAs(wires: readonly Wire[], request: Request): Promise<Asked> {
  let problem = 'there is no endpoint'
  let answer: (Reply & { kind: 'answer' }) | null = null
  for (const wire of wires) {
    const reply = await wire.send(request)
    if (reply.kind === 'answer') answer = reply
    else problem = reply.problem
    // A node that is starting, or has lost its master, refuses what another one takes.
    if (reply.kind === 'answer' && reply.status !== 401 && reply.status !== 429 && reply.status < 500)
      return reply
  }
  return answer ?? { problem }
}
