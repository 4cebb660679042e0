// Pruning in a fake world: by the policy, with a repository that is broken beside one that is not, and killed at every record.
import { expect } from 'chai'
import { lookAtRepositories } from '../../../runbooks/prune-snapshots/facts.ts'
import { gates } from '../../../runbooks/prune-snapshots/gates/index.ts'
import { params as schema } from '../../../runbooks/prune-snapshots/params.ts'
import prune from '../../../runbooks/prune-snapshots/runbook.ts'
import { lookOf, type MadePlan, makePlan } from '../../../src/engine/plan.ts'
import { type RunEnd, resumeRun, startRun } from '../../../src/engine/run.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { FakeCluster } from '../../support/fake-cluster/fake-cluster.ts'
import type { FakeProcess } from '../../support/fake-world/fake-world.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { type BackupWorld, beginBackup, kept, manifestKeys } from '../snapshot/world.ts'

const dayMs = 86_400_000
const policy: JsonObject = { daily: 3, weekly: 0, monthly: 0, minGood: 2 }
const repositories = ['elk_backup', 'second'].map(name => ({
  ...{ name, type: 'fs' },
  settings: { location: `/srv/${name}` },
}))

/** Six nights of ours in each repository, the oldest of which is not whole, and one of somebody else. */
async function beginPruning(): Promise<BackupWorld> {
  const backup = beginBackup({ repositories })
  const { world, files } = backup
  for (const { name } of repositories) fill(world.cluster, name)
  for (const { name } of repositories)
    for (let age = 0; age < 5; age++) {
      await world.evidence.put('manifest', `${name}/night-${age}`, world.clock.now(), { version: 1 })
      files.manifests.set(`night-${age}`, 'packed')
    }
  return backup
}

function fill(cluster: FakeCluster, repository: string): void {
  cluster.change(state => {
    const taken = (name: string, ageDays: number, more: object = {}) => ({
      ...{ name, uuid: `${repository}-${name}`, version: '8.10.4', globalState: false, indices: [] },
      ...{ metadata: { taken_by: 'ops' }, state: 'SUCCESS' as const },
      ...{ startedAtMs: state.atMs - ageDays * dayMs, endedAtMs: state.atMs - ageDays * dayMs + 1000 },
      ...more,
    })
    const trouble = {
      missingOn: [],
      notWritable: false,
      full: false,
      unreadable: false,
      stalls: [],
      losesBlobs: [],
    }
    state.stores[`/srv/${repository}`] = {
      snapshots: [
        ...[0, 1, 2, 3, 4].map(age => taken(`night-${age}`, age)),
        taken('night-9', 9, { state: 'PARTIAL' as const }),
        taken('of-slm', 20, { metadata: {} }),
      ],
      trouble,
      orphans: { bytes: 2048, blobs: 3 },
    }
  })
}

const planOn = ({ engine }: FakeProcess, params: JsonObject): Promise<MadePlan> =>
  makePlan(engine, prune, schema.parse({ ...policy, ...params }) as JsonObject, new Map())

async function run(process: FakeProcess, params: JsonObject = {}): Promise<RunEnd | 'killed'> {
  const { engine, control, life } = process
  const work = planOn(process, params).then(plan => startRun(engine, plan, control))
  try {
    return await Promise.race([life.died, work])
  } finally {
    life.kill()
  }
}

async function carryOn({ engine, control, life }: FakeProcess): Promise<RunEnd | 'killed'> {
  const work = resumeRun(engine, prune, 'run-1', 'resume', { acceptChanged: false }, control)
  try {
    return await Promise.race([life.died, work])
  } finally {
    life.kill()
  }
}

const namesIn = ({ world }: BackupWorld, repository: string): string[] =>
  (world.cluster.state.stores[`/srv/${repository}`]?.snapshots ?? []).map(({ name }) => name)

const left = ['night-0', 'night-1', 'night-2', 'of-slm']

describe('prune-snapshots', () => {
  it('says in the plan what goes and what stays and why, and deletes nothing', async () => {
    const backup = await beginPruning()
    const before = kept(backup)
    const { body } = await planOn(backup.world.begin(), {})
    expect(body.effects).to.deep.equal([
      'delete elk_backup/night-3: the policy keeps others',
      'delete elk_backup/night-4: the policy keeps others',
      'delete elk_backup/night-9: it is PARTIAL and old',
    ])
    expect(body.notes.join('\n')).to.match(
      /night-0 stays: it is the newest good one[\s\S]*of-slm stays: ops has not/,
    )
    expect(kept(backup)).to.deep.equal(before)
  })

  it('deletes old ones with their manifests, and what belongs to none', async () => {
    const backup = await beginPruning()
    expect(await run(backup.world.begin(), { cleanup: true })).to.include({ outcome: 'succeeded' })
    expect(namesIn(backup, 'elk_backup')).to.deep.equal(left)
    expect(namesIn(backup, 'second')).to.have.length(7)
    const keys = (await manifestKeys(backup)).filter(key => key.startsWith('elk_backup/')).sort()
    expect(keys).to.deep.equal([0, 1, 2].map(age => `elk_backup/night-${age}`))
    expect([...backup.files.manifests.keys()]).to.deep.equal(['night-0', 'night-1', 'night-2'])
    expect(backup.world.cluster.state.stores['/srv/elk_backup']?.orphans.blobs).to.equal(0)
  })

  for (const [what, trouble] of [
    ['cannot be read', { unreadable: true }],
    ['cannot be written to', { notWritable: true }],
  ] as const)
    it(`prunes the others when one ${what}, and ends as failed naming it`, async () => {
      const backup = await beginPruning()
      backup.world.cluster.act({ do: 'store', repository: 'elk_backup', trouble })
      const error = failureOf(await run(backup.world.begin(), { repository: 'elk_backup,second' }))
      expect(error).to.include({ code: 'STEP_FAILED' })
      expect(error.message).to.match(/^not pruned: elk_backup: /)
      expect(namesIn(backup, 'second')).to.deep.equal(left)
      expect(namesIn(backup, 'elk_backup')).to.have.length(7)
    })

  for (const how of ['done', 'not-done'] as const)
    it(`looks when the answer to a deletion is lost that was ${how}`, async () => {
      const backup = await beginPruning()
      backup.world.cluster.set({ lostCalls: [{ call: 'snapshots.remove', how }] })
      const end = await run(backup.world.begin())
      expect(end).to.include({ outcome: how === 'done' ? 'succeeded' : 'failed' })
      if (how === 'not-done') expect(await carryOn(backup.world.begin())).to.include({ outcome: 'succeeded' })
      expect(namesIn(backup, 'elk_backup')).to.deep.equal(left)
    })

  it('forgets what runs that were given up have measured, when that is old', async () => {
    const backup = await beginPruning()
    const { evidence, clock } = backup.world
    await evidence.put('manifest', 'draft/old', new Date(clock.now().getTime() - 8 * dayMs), {})
    await evidence.put('manifest', 'draft/new', clock.now(), {})
    await run(backup.world.begin())
    expect((await manifestKeys(backup)).filter(key => key.startsWith('draft/'))).to.deep.equal(['draft/new'])
  })

  it('killed at any journal record it is carried on to the same end', async function () {
    this.timeout(240_000)
    const process = (await beginPruning()).world.begin()
    expect(await run(process, { cleanup: true })).to.include({ outcome: 'succeeded' })
    const failures: string[] = []
    for (let record = 1; record <= process.life.appends; record++)
      for (const when of ['before', 'after'] as const) {
        const backup = await beginPruning()
        expect(await run(backup.world.begin({ cut: { record, when } }), { cleanup: true })).to.equal('killed')
        const [begun] = await backup.world.journal.runs()
        if (begun === undefined) await run(backup.world.begin(), { cleanup: true })
        else if (begun.outcome !== 'succeeded') await carryOn(backup.world.begin())
        const found = namesIn(backup, 'elk_backup')
        const [end] = await backup.world.journal.runs()
        if (found.join() !== left.join() || end?.outcome !== 'succeeded')
          failures.push(`killed ${when} record ${record}: ${end?.outcome}, ${found}`)
      }
    expect(failures).to.deep.equal([])
  })
})

describe('the gates of prune-snapshots', () => {
  const verdictOf = async (
    gate: string,
    params: JsonObject,
    change: (backup: BackupWorld) => void = () => {},
  ) => {
    const backup = await beginPruning()
    change(backup)
    const given = schema.parse({ ...policy, ...params })
    const facts = await lookAtRepositories(lookOf(backup.world.begin().engine, null), given)
    const found = gates.find(({ name }) => name === gate)?.check(facts, given)
    return `${found?.pass === true ? 'pass' : 'refuse'}: ${found?.evidence}`
  }
  const readOnly = ({ world }: BackupWorld) =>
    world.cluster.change(({ repositories: all }) => {
      for (const one of all) if (one.name === 'elk_backup') one.settings.readonly = 'true'
    })
  const busy = ({ world }: BackupWorld) =>
    world.cluster.set({ snapshots: [{ repository: 'elk_backup', snapshot: 'now' }] })
  const both = { repository: 'elk_backup,second' }
  const other = ({ world }: BackupWorld) => world.cluster.spoil('anotherUuid')
  const renamed = ({ world }: BackupWorld) => world.cluster.spoil('anotherName')
  const free = 'a_repository_is_free_to_be_pruned'
  const cases: [string, JsonObject, RegExp, ((backup: BackupWorld) => void)?][] = [
    ['cluster_is_the_one_in_the_inventory', {}, /^pass: ovh-prod-elk/],
    ['cluster_is_the_one_in_the_inventory', {}, /^refuse: the cluster's uuid/, other],
    ['cluster_is_the_one_in_the_inventory', {}, /^refuse: the cluster is called/, renamed],
    ['repositories_are_registered', both, /^pass: elk_backup, second$/],
    ['repositories_are_registered', { repository: 'elk_back,second' }, /^refuse: elk_back is not registered/],
    [free, both, /^pass: elk_backup, second$/],
    [free, both, /^pass: second; left out: elk_backup: it is registered read-only$/, readOnly],
    [free, {}, /^refuse: elk_backup: it is registered read-only$/, readOnly],
    [free, {}, /^refuse: elk_backup: now is being taken$/, busy],
  ]
  for (const [gate, params, expected, change] of cases)
    it(`${gate}: ${expected.source}`, async () => {
      expect(await verdictOf(gate, params, change)).to.match(expected)
    })

  it('each have a case that passes and one that refuses', () => {
    for (const { name, prevents } of gates) {
      expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/)
      expect(prevents).to.match(/^[A-Z].{15,}\.$/)
      const own = cases.filter(([gate]) => gate === name).map(([, , { source }]) => source.slice(1, 5))
      expect(new Set(own), name).to.deep.equal(new Set(['pass', 'refu']))
    }
  })
})
