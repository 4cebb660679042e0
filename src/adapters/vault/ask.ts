// One question to Vault by somebody who is logged in: the session, the request, and what its answer means. It must never send twice what
// may have been carried out.
import type { z } from 'zod'
import type { Call, Client, Reply } from './client.ts'
import { closedDoor, forbidden, noAnswer, rejected } from './errors.ts'
import type { ConnectOptions } from './options.ts'
import { parse } from './parse.ts'
import type { Session } from './session.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Asker {
  /** A success, or a status that the call accepts. */
  ask(call: Call): Promise<Answer>
  /** The body of a success, parsed. */
  get<S extends z.ZodType>(schema: S, call: Call): Promise<z.output<S>>
  /** `null` where there is nothing (404). */
  find<S extends z.ZodType>(schema: S, call: Call): Promise<z.output<S> | null>
}

export function openAsker(client: Client, session: Session, { host }: ConnectOptions): Asker {
  const send = async (call: Call): Promise<Answer> => {
    const reply: Reply = await client.send(call)
    if (reply.kind !== 'answer') throw noAnswer(call, host, reply)
    const accepted = reply.status < 300 || reply.status === 403 || call.accept?.includes(reply.status)
    if (!accepted) throw closedDoor(call, host, reply) ?? rejected(call, host, reply)
    return reply
  }
  const ask = async (call: Call): Promise<Answer> => {
    await session.ensure()
    const used = client.token
    let answer = await send(call)
    // Refused is not carried out: with a new token it may be sent again.
    if (answer.status === 403 && (await session.renewAfterRefusal(used))) answer = await send(call)
    if (answer.status === 403 && !call.accept?.includes(403)) throw forbidden(call)
    return answer
  }
  return {
    ask,
    get: async (schema, call) => parse(schema, call, (await ask(call)).body),
    find: async (schema, call) => {
      const { status, body } = await ask({ ...call, accept: [404] })
      return status === 404 ? null : parse(schema, call, body)
    },
  }
}
