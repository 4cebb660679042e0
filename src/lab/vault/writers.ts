// Who the shipper is to Elasticsearch in a lab that has Vault, too: two users that take turns, and in Vault the one whose turn it is.
// What is there is left alone, for it may have been rotated since.
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { readContent } from '../elasticsearch/content.ts'
import { connect, patiently } from '../elasticsearch/http.ts'
import { clientNodes, clientPort, nodesFor } from '../layout.ts'
import { isOpen } from '../process/ports.ts'
import type { Lab } from '../state.ts'
import { kvPath } from './content.ts'
import { type AskVault, askAsRoot } from './http.ts'
import { readSeal } from './seal.ts'

const writerPath = `${kvPath}/elk/logstash`
const document = `${kvPath}/data/elk/logstash`
const writers = ['logstash_a', 'logstash_b'] as const
const roleName = 'logstash_writer'

const writerLogin = z.object({ username: z.string(), password: z.string() })
export type WriterLogin = z.infer<typeof writerLogin>

export const hasWriters = ({ state: { services } }: Pick<Lab, 'state'>): boolean =>
  services.includes('elasticsearch') && services.includes('vault')

/** Does nothing in a lab that lacks one of both; where one of them is down it is left for the next time. */
export async function makeWriters(lab: Lab, talk: (line: string) => void): Promise<void> {
  if (!hasWriters(lab)) return
  if (!(await bothServe(lab)))
    return talk('Elasticsearch or Vault is down: the users of the shipper are left as they are')
  const login = (await readWriter(lab)) ?? (await writeFirst(askAsRoot(lab)))
  using connection = connect(lab, 'elastic')
  const { ask } = patiently(connection)
  const users = await ask('GET', '/_security/user')
  const missing = writers.filter(name => !(name in users))
  if (missing.length === 0) return
  await ask('PUT', `/_security/role/${roleName}`, readContent('roles/logstash_writer.json'))
  // Refused logins are in the log from now on; a basic licence writes none.
  const { license } = await ask('GET', '/_license')
  if (license.type === 'basic') await ask('POST', '/_license/start_trial?acknowledge=true')
  for (const name of missing) {
    const enabled = name === login.username
    const password = enabled ? login.password : makePassword()
    await ask('PUT', `/_security/user/${name}`, { password, roles: [roleName], enabled })
  }
  talk(`the shipper writes as ${login.username}, by ${writerPath} in Vault`)
}

/** What stands in Vault at this moment. */
export async function readWriter(lab: Lab): Promise<WriterLogin | undefined> {
  const answer = await askAsRoot(lab)('GET', document)
  return answer && writerLogin.parse(answer.data.data)
}

async function writeFirst(ask: AskVault): Promise<WriterLogin> {
  const login = { username: writers[0], password: makePassword() }
  await ask('POST', document, { data: login, options: { cas: 0 } })
  return login
}

/** 32 characters. */
const makePassword = (): string => randomBytes(16).toString('hex')

async function bothServe(lab: Lab): Promise<boolean> {
  const open = await Promise.all(clientNodes(lab.nodes).map(node => isOpen(node.address, clientPort(node))))
  const [vault] = nodesFor(lab.nodes, 'vault')
  if (!open.includes(true) || !vault || !(await isOpen(vault.address, clientPort(vault)))) return false
  return !(await readSeal(lab, vault)).sealed
}
