// Brings Elasticsearch up as a part of the lab: what is there is left alone, what is missing is made.
import { existsSync } from 'node:fs'
import { nodesFor } from '../layout.ts'
import { backupDir } from '../paths.ts'
import { startMissing } from '../start-missing.ts'
import { type Lab, saveState } from '../state.ts'
import { installArchive } from './archive.ts'
import { fillCluster, makeTemplate } from './content.ts'
import { connect, patiently } from './http.ts'
import { installHome } from './install.ts'
import { waitForNodes } from './join.ts'
import { endFirstElection, layOutNodes } from './nodes.ts'
import { makeUsers } from './users.ts'

type Talk = (line: string) => void
/** What a new cluster gets beside its users: everything of the platform, or its template only. */
type Content = 'platform' | 'bare'

/** A lab keeps the home it was made with for as long as that is there. */
export async function findHome(known: string, archive: string | undefined, talk: Talk): Promise<string> {
  if (known !== '' && existsSync(known)) return known
  return archive ? installArchive(archive, talk) : installHome(talk)
}

export async function bringUpElasticsearch(
  lab: Lab,
  talk: Talk,
  content: Content = 'platform',
): Promise<void> {
  await layOutNodes(lab)
  await startMissing(lab, nodesFor(lab.nodes, 'elasticsearch'), talk)
  await waitForNodes(lab, talk)
  await finish(lab, talk, content)
}

/** What is done once the nodes have found each other: each part again until it has been done once. */
async function finish(lab: Lab, talk: Talk, content: Content): Promise<void> {
  const { state, paths } = lab
  using connection = connect(lab, 'elastic')
  const elastic = patiently(connection)
  if (!state.formed) {
    endFirstElection(lab)
    state.formed = true
    saveState(paths, state)
  }
  if (!state.filled) {
    const more = content === 'bare' ? '' : ', indices and the snapshot repository'
    talk(`making users, templates${more}`)
    await makeUsers(elastic, paths)
    await (content === 'bare' ? makeTemplate(elastic) : fillCluster(elastic, backupDir(state.nodesRoot)))
    state.filled = true
    saveState(paths, state)
  }
  const { cluster_uuid } = await elastic.ask('GET', '/')
  state.clusterUuid = cluster_uuid
  saveState(paths, state)
}
