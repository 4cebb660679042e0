// Snapshots in a fake world: begin one, carry it on, and everything that must be true afterwards.

import { expect } from 'chai'
import type { Manifest } from '../../../runbooks/snapshot/manifest.ts'
import snapshot from '../../../runbooks/snapshot/runbook.ts'
import type { FakeClusterOptions } from '../../support/fake-cluster/fake-cluster.ts'
import { commandsOf } from '../../support/fake-world/commands.ts'
import { FakeWorld, type FakeWorldOptions } from '../../support/fake-world/fake-world.ts'
import {
  emptyFiles,
  playbooksOnRepository,
  type RepositoryFiles,
  repositoryHost,
} from '../../support/fake-world/repository-playbooks.ts'

export interface BackupWorld {
  readonly world: FakeWorld
  readonly files: RepositoryFiles
}

const daily = (source: string, written = true) => ({
  name: `${source}-2025.04.10`,
  ...{ shards: 1, replicas: 1, tier: 'data_hot', written, docs: 300, bytes: 4_000_000 },
})

/** Three nodes, one index of each source, and an old one that nobody writes to. */
export const indices: NonNullable<FakeClusterOptions['indices']> = [
  { ...daily('crm.app'), shards: 2, docs: 1000 },
  ...['erp.app', 'eks.payment', 'eks.order', 'nginx.access', 'mysql.log'].map(source => daily(source, false)),
  {
    ...{ name: 'crm.app-2025.04.01', shards: 1, replicas: 1, tier: 'data_hot', docs: 500, bytes: 9_000_000 },
    settings: { 'index.blocks.write': 'true' },
  },
]

export function beginBackup(options: FakeWorldOptions = {}, host = true): BackupWorld {
  const files = emptyFiles()
  const world = new FakeWorld({
    layout: 'small',
    indices,
    hosts: host ? [repositoryHost] : [],
    playbooks: cluster => playbooksOnRepository(files, cluster),
    ...options,
  })
  return { world, files }
}

export const { planOn, run: take, carryOn } = commandsOf(snapshot)

/** Name and state of everything in the repository. */
export const kept = ({ world }: BackupWorld): string[] =>
  Object.values(world.cluster.state.stores).flatMap(({ snapshots }) =>
    snapshots.map(({ name, state }) => `${name} ${state}`),
  )

export const manifestOf = async ({ world }: BackupWorld, name: string): Promise<Manifest | null> =>
  (await world.evidence.get('manifest', `elk_backup/${name}`)) as unknown as Manifest | null

export const manifestKeys = async ({ world }: BackupWorld): Promise<string[]> =>
  (await world.evidence.list('manifest')).map(({ key }) => key)

export const remarksOf = async ({ world }: BackupWorld, run = 'run-1'): Promise<string> =>
  (await world.journal.read(run))
    .filter(({ type }) => type === 'remark')
    .map(({ text }) => String(text))
    .join('\n')

/** One snapshot, its manifest in both places, nothing left over. */
export async function expectTaken(backup: BackupWorld, name: string): Promise<void> {
  expect(kept(backup)).to.deep.equal([`${name} SUCCESS`])
  expect(await manifestKeys(backup)).to.deep.equal([`elk_backup/${name}`])
  expect([...backup.files.manifests.keys()]).to.deep.equal([name])
  expect([...backup.world.lockTable.rows.keys()], 'locks').to.deep.equal([])
}
