// Users with SCRAM-SHA-512. The brokers are given what is derived from a password, never the password, and nothing of it goes
// through an argument.
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka'
import { OpsError } from '../../errors/index.ts'
import { type KafkaAccess, readPair } from './access.ts'

const scramSha512 = 2
const iterations = 4096

/** Sets the password of each user; asked again, it sets the same ones. */
export async function setPasswords(
  access: KafkaAccess,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const upsertions = Object.entries(passwords).map(([name, password]) => {
    const salt = randomBytes(24)
    const saltedPassword = pbkdf2Sync(password, salt, iterations, 64, 'sha512')
    return { name, mechanism: scramSha512, iterations, salt, saltedPassword }
  })
  const connection = await openConnection(access)
  try {
    await alterUserScramCredentialsV0.api.async(connection, [], upsertions)
  } catch (cause) {
    throw new OpsError('LAB_FAILED', {
      message: `the brokers do not take the users: ${(cause as Error).message}`,
      hint: 'ops lab up again',
      cause,
    })
  } finally {
    await connection.close()
  }
}

async function openConnection({ brokers, caFile, certificate }: KafkaAccess): Promise<Connection> {
  const tls = caFile
    ? { tls: { ca: readFileSync(caFile), ...(certificate ? readPair(certificate) : {}) } }
    : {}
  const connection = new Connection('ops-lab', { ...tls, connectTimeout: 5000 })
  const [host = '', port] = brokers[0]?.split(':') ?? []
  await connection.connect(host, Number(port))
  return connection
}
