// What Vault and the cluster say of the writer's credential, asked past `ops`; and where a secret may have been left.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectAs, endpointsOf } from '../../../src/lab/elasticsearch/http.ts'
import { nodesFor, urlOf } from '../../../src/lab/layout.ts'
import type { Lab } from '../../../src/lab/state.ts'
import { askAsRoot } from '../../../src/lab/vault/http.ts'

export interface WriterCredential {
  readonly username: string
  readonly password: string
}

const path = 'elk/logstash'

/** Every version that can be read, oldest first. */
export async function readVersions(lab: Lab): Promise<readonly (WriterCredential & { version: number })[]> {
  const ask = askAsRoot(lab)
  const { data } = await ask('GET', `secret/metadata/${path}`)
  const found: (WriterCredential & { version: number })[] = []
  for (const version of Object.keys(data.versions).map(Number)) {
    const answer = await ask('GET', `secret/data/${path}?version=${version}`)
    if (answer?.data?.data) found.push({ version, ...answer.data.data })
  }
  return found
}

/** Whether anything is staged. */
export const isStaged = async (lab: Lab): Promise<boolean> =>
  (await askAsRoot(lab)('GET', `secret/metadata/${path}/pending/logstash-writer`)) !== undefined

/** The answer of every node to a login: 200 or 401. */
export async function logInEverywhere(
  lab: Lab,
  { username, password }: WriterCredential,
): Promise<readonly number[]> {
  using connection = connectAs({ ...endpointsOf(lab, 'elastic'), username, password })
  return await Promise.all(
    nodesFor(lab.nodes, 'elasticsearch').map(
      async node => (await connection.send(urlOf(node), 'GET', '/_security/_authenticate')).status,
    ),
  )
}

/** Files below the folder that hold one of the texts, but for those that are meant to. */
export function findInFiles(
  folder: string,
  texts: readonly string[],
  isMeant: (file: string) => boolean,
): readonly string[] {
  return listFiles(folder)
    .filter(file => !isMeant(file))
    .filter(file => {
      const content = unlessGone(() => readFileSync(file), Buffer.alloc(0))
      return texts.some(text => content.includes(text))
    })
}

const listFiles = (folder: string): readonly string[] =>
  unlessGone(() => readdirSync(folder, { withFileTypes: true }), []).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return listFiles(path)
    return entry.isFile() ? [path] : []
  })

/** Running servers remove files and folders of theirs at any moment, such as those of a shard that has moved: what has gone holds nothing. */
function unlessGone<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return otherwise
    throw thrown
  }
}
