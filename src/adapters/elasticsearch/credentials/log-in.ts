// Logs in as somebody else at every endpoint at once. A refusal and no answer are never taken for one another: a node that is down says
// nothing about a password.
import { z } from 'zod'
import type { LoginAnswer } from '../../../ports/credentials.ts'
import { readReason } from '../errors.ts'
import type { ConnectOptions, Login } from '../options.ts'
import { openWire, type Wire } from '../wire.ts'
import type { Authenticated, Kind } from './kind.ts'

export const authenticate = { method: 'GET', path: '/_security/_authenticate' } as const

export const authenticatedAnswer: z.ZodType<Authenticated> = z.object({
  username: z.string(),
  roles: z.array(z.string()).default([]),
  api_key: z.object({ id: z.string() }).optional(),
  token: z.object({ name: z.string() }).optional(),
})

/** Every endpoint, as somebody; the connections are closed at the end. */
export async function useAs<T>(
  options: ConnectOptions,
  login: Login,
  use: (wires: readonly Wire[]) => Promise<T>,
): Promise<T> {
  const wires = options.endpoints.map(endpoint => openWire(endpoint, options, login))
  try {
    return await use(wires)
  } finally {
    await Promise.all(wires.map(wire => wire.close()))
  }
}

export const logInEverywhere = (
  options: ConnectOptions,
  login: Login,
  name: string,
  readName: Kind['readName'],
): Promise<readonly LoginAnswer[]> =>
  useAs(options, login, wires => Promise.all(wires.map(wire => logInAt(wire, name, readName))))

async function logInAt(wire: Wire, name: string, readName: Kind['readName']): Promise<LoginAnswer> {
  const endpoint = wire.endpoint.host
  const no = (problem: string, refused = false): LoginAnswer => ({ endpoint, as: null, problem, refused })
  const reply = await wire.send(authenticate)
  if (reply.kind !== 'answer') return no(reply.problem)
  if (reply.status === 401) return no(`refuses ${name} or its secret`, true)
  const found = authenticatedAnswer.safeParse(reply.body)
  if (reply.status === 200 && found.success)
    return { endpoint, as: readName(found.data), problem: null, refused: false }
  return no(`HTTP ${reply.status} ${readReason(reply.body).reason}`.trim())
}
