// Brings the store up as a part of the lab: one user who may use one bucket, and the bucket.
import { existsSync, mkdirSync } from 'node:fs'
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import { pointToLogs } from '../joining.ts'
import { type LabNode, masterPort, nodesFor } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import { asNodeUser, bareEnvironment, giveToNodeUser } from '../process/user.ts'
import { readSecret } from '../secrets.ts'
import { startMissing } from '../start-missing.ts'
import { type Lab, requireStore, saveState, writeAtomically } from '../state.ts'
import { waitForPort } from '../wait-for-port.ts'
import { bucket } from './bucket.ts'
import { identitiesFile, weedOf } from './program.ts'

type Talk = (line: string) => void

const stallMs = 60_000

export async function bringUpStore(lab: Lab, talk: Talk): Promise<void> {
  const nodes = nodesFor(lab.nodes, 's3')
  for (const node of nodes) layOut(lab, node)
  await startMissing(lab, nodes, talk)
  for (const node of nodes) await waitForPort(lab, node)
  const store = requireStore(lab)
  if (store.filled) return
  for (const node of nodes) await makeBucket(lab, node)
  talk(`the store has the bucket ${bucket}`)
  store.filled = true
  saveState(lab.paths, lab.state)
}

function layOut(lab: Lab, { name }: LabNode): void {
  const { root, config, data, logs, tmp } = nodePaths(lab.state.nodesRoot, name)
  const file = identitiesFile(lab.state.nodesRoot, name)
  if (existsSync(file)) return
  mkdirSync(lab.state.nodesRoot, { recursive: true, mode: 0o755 })
  for (const directory of [config, data, logs, tmp]) mkdirSync(directory, { recursive: true, mode: 0o750 })
  const credentials = {
    accessKey: readSecret(lab.paths, 'offsiteAccessKey'),
    secretKey: readSecret(lab.paths, 'offsiteSecretKey'),
  }
  const actions = ['Read', 'Write', 'List'].map(action => `${action}:${bucket}`)
  const identities = [{ name: 'ops', credentials: [credentials], actions }]
  writeAtomically(file, JSON.stringify({ identities }), 0o600)
  giveToNodeUser(root)
}

/** By its own shell: the user of the store may not make buckets. One that is there already is left as it is. */
async function makeBucket(lab: Lab, node: LabNode): Promise<void> {
  const [file = '', ...words] = asNodeUser([weedOf(lab), 'shell', `-master=${node.address}:${masterPort}`])
  const { all } = await execa(file, words, {
    ...{ all: true, reject: false, timeout: stallMs, extendEnv: false, cwd: '/' },
    env: { ...bareEnvironment(), HOME: nodePaths(lab.state.nodesRoot, node.name).root },
    input: `s3.bucket.create -name ${bucket}\ns3.bucket.list\n`,
  })
  if (new RegExp(`^\\s+${bucket}\\s`, 'm').test(all)) return
  throw new OpsError('LAB_FAILED', {
    message: `the bucket ${bucket} could not be made: ${all.trim().split('\n').at(-1)}`,
    hint: pointToLogs(lab, [node]),
  })
}
