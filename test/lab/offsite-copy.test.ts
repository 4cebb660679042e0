// The offsite copy from three real nodes to a real S3 server: what moves the second time, what is found, a restore from it, and rclone and
// ops killed at seeded moments. Each time the copy restores from what the store then has, or says that it has none yet.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { execa } from 'execa'
import { takeDown } from '../../src/lab/down.ts'
import { type Connection, connect } from '../../src/lab/elasticsearch/http.ts'
import { backupDir } from '../../src/lab/paths.ts'
import { rcloneEnvironment } from '../../src/lab/s3/rclone-environment.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { killTree } from './support/kill-tree.ts'
import { isLong } from './support/long.ts'
import { opsOn, tellEnd } from './support/ops.ts'

const net = '127.0.87'
const talk = () => {}
const command = resolve(import.meta.dirname, '../../ops')
const copyArgs = ['--json', 'run', 'offsite-copy', '--yes']
const moments = isLong ? 10 : 5
const docs = 400
const pad = () => randomBytes(2250).toString('base64')

describe('the offsite copy on real servers', function () {
  this.timeout(900_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  const ops = opsOn(stateDir)
  let lab: Lab
  let elastic: Connection
  let rclone: (...words: string[]) => Promise<string>

  before(async () => {
    lab = await bringUp({ stateDir, services: ['elasticsearch', 's3'], layout: 'small', net, talk })
    elastic = connect(lab, 'elastic')
    const env = await rcloneEnvironment(lab)
    rclone = async (...words) => (await execa('rclone', words, { env, extendEnv: false })).stdout
  })
  after(async () => {
    elastic?.[Symbol.dispose]()
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  const store = 'store:elk-offsite/elk_backup'
  const source = () => backupDir(lab.state.nodesRoot)
  const marker = async () => JSON.parse((await rclone('cat', `${store}.ops-copy.json`)) || 'null')

  async function fill(index: string): Promise<void> {
    const lines = Array.from({ length: docs }, (_, seq) => [
      JSON.stringify({ index: {} }),
      JSON.stringify({ message: `${seq} ${pad()}`, seq }),
    ])
    await elastic.ask('POST', `/${index}/_bulk?refresh=true`, `${lines.flat().join('\n')}\n`)
  }
  const snapshot = (name: string) =>
    elastic.ask('PUT', `/_snapshot/elk_backup/${name}?wait_for_completion=true`, {
      indices: 'crm.app-*',
      include_global_state: false,
    })

  async function copy(more: readonly string[] = []) {
    const end = await ops([...copyArgs, ...more])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    return end.records.findLast(({ type }) => type === 'remark') as Record<string, unknown>
  }

  /** Reads the store past `ops`: fetched by rclone alone, as of the generation that the marker calls whole, and restored. */
  async function restoreFromStore(name: string): Promise<{ snapshots: string[]; docs: number }> {
    const { whole } = await marker()
    const into = join(source(), 'ops-fetched', name)
    mkdirSync(into, { recursive: true })
    const filters = [`+ /index-${whole}`, '- /index-*'].flatMap(rule => ['--filter', rule])
    await rclone('copy', store, into, ...filters)
    await elastic.ask('PUT', `/_snapshot/${name}`, {
      type: 'fs',
      settings: { location: into, readonly: true },
    })
    const { snapshots } = await elastic.ask('GET', `/_snapshot/${name}/_all`)
    const last = snapshots.at(-1)
    const prefix = `restored-${name}-`
    await elastic.ask('POST', `/_snapshot/${name}/${last.snapshot}/_restore?wait_for_completion=true`, {
      rename_pattern: '(.+)',
      rename_replacement: `${prefix}$1`,
      include_global_state: false,
      index_settings: { 'index.number_of_replicas': 0 },
    })
    const { count } = await elastic.ask('GET', `/${prefix}*/_count`)
    const restored = Object.keys(await elastic.ask('GET', `/${prefix}*/_settings/index.uuid`))
    await elastic.ask('DELETE', `/${restored.join(',')}`)
    await elastic.ask('DELETE', `/_snapshot/${name}`)
    return { snapshots: snapshots.map((one: { snapshot: string }) => one.snapshot), docs: count }
  }

  const countNow = async (): Promise<number> => (await elastic.ask('GET', '/crm.app-*/_count')).count

  it('moves everything the first time and less than 1 % the second', async () => {
    await fill('crm.app-2025.04.08')
    await snapshot('one')
    const first = await copy()
    expect(Number(first.movedBytes)).to.be.at.least(Number(first.bytes) * 0.9)
    const second = await copy()
    expect(Number(second.movedBytes)).to.be.below(Number(second.bytes) / 100)
    expect(await marker()).to.include({ state: 'finished', whole: first.generation, surplus: 0 })
  })

  it('is fetched into a directory and registered read-only, and every document comes back', async () => {
    const end = await ops(['--json', 'run', 'offsite-fetch', '--yes'])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    const { elk_offsite_copy: found } = await elastic.ask('GET', '/_snapshot/elk_offsite_copy')
    expect(found.settings.readonly).to.equal('true')
    await elastic.ask('POST', '/_snapshot/elk_offsite_copy/one/_restore?wait_for_completion=true', {
      ...{ rename_pattern: '(.+)', rename_replacement: 'restored-$1', include_global_state: false },
    })
    expect((await elastic.ask('GET', '/restored-*/_count')).count).to.equal(await countNow())
    for (const name of Object.keys(await elastic.ask('GET', '/restored-*/_settings/index.uuid')))
      await elastic.ask('DELETE', `/${name}`)
  })

  it('removes from the store what a deleted snapshot has left, and nothing else', async () => {
    await fill('crm.app-2025.04.08')
    await snapshot('two')
    await snapshot('three')
    await copy()
    const before = (await rclone('lsf', '-R', '--files-only', store)).split('\n').length
    await elastic.ask('DELETE', '/_snapshot/elk_backup/three')
    expect(Number((await copy()).removed)).to.be.greaterThan(0)
    expect((await rclone('lsf', '-R', '--files-only', store)).split('\n').length).to.be.below(before)
    const only = ['--filter', '- /ops-fetched/**']
    await rclone('check', source(), store, ...only)
    expect(await marker()).to.include({ state: 'finished', surplus: 0 })
  })

  it('finds a file that has changed at the store, and overwrites neither', async () => {
    const blob = (await rclone('lsf', '-R', '--files-only', '--include', '__*', store)).split('\n')[0] ?? ''
    const { size } = JSON.parse(await rclone('lsjson', '--stat', `${store}/${blob}`).then(lower))
    const forged = join(stateDir, 'forged')
    writeFileSync(forged, Buffer.alloc(size, 7))
    await rclone('copyto', '--ignore-times', forged, `${store}/${blob}`)
    const end = await ops(copyArgs)
    expect(end.exitCode).to.equal(1)
    expect(tellEnd(end)).to.contain(blob).and.to.contain('neither was overwritten')
    await rclone('deletefile', `${store}/${blob}`)
    await ops(['abort', String(end.records[0]?.run)])
    expect(await copy()).to.include({ movedFiles: 1 })
  })

  it(`restores, or says that there is no copy yet, after a kill at each of ${moments} moments`, async () => {
    const random = createRandom(20_250_410)
    const seen: string[] = []
    for (let at = 0; at < moments; at++) {
      // The first two have no whole copy to fall back on.
      if (at < 2) {
        await rclone('purge', store)
        await rclone('deletefile', `${store}.ops-copy.json`)
      }
      await fill('crm.app-2025.04.08')
      const before = await countNow()
      if (at > 4) await elastic.ask('DELETE', `/_snapshot/elk_backup/kill${at - 2}`)
      await snapshot(`kill${at}`)
      const untilMs = Math.round(random() * 3500)
      const victim = at % 2 === 0 ? 'ops and all below it' : 'rclone'
      await killDuring(untilMs, victim)
      const now = await marker()
      if (now === null || now.whole === null) {
        expect(now?.state ?? 'unfinished').to.equal('unfinished')
        seen.push(`${victim} after ${untilMs} ms: ${now === null ? 'not begun' : 'unfinished'}`)
      } else {
        const { snapshots, docs: restored } = await restoreFromStore(`kill-${at}`)
        expect(snapshots.length).to.be.greaterThan(0)
        expect(restored).to.be.within(1, before)
        seen.push(`${victim} after ${untilMs} ms: ${now.state}, restored ${snapshots.at(-1)}`)
      }
      await carryOn()
      expect(await marker()).to.include({ state: 'finished', surplus: 0 })
    }
    expect(seen).to.have.length(moments)
    const { docs: all } = await restoreFromStore('last')
    expect(all, seen.join('\n')).to.equal(await countNow())
  })

  /** Slow, so that there is something to kill. */
  async function killDuring(afterMs: number, victim: string): Promise<void> {
    const child = spawn(
      command,
      ['--state', stateDir, ...copyArgs, '--bwlimit', '300k', '--transfers', '1'],
      {
        stdio: ['ignore', 'ignore', 'ignore'],
      },
    )
    const ended = new Promise(resolve => child.once('exit', resolve))
    // Counted from the first thing that it does at the store.
    await Promise.race([ended, untilRclone(child.pid ?? 0)])
    await Promise.race([ended, sleep(afterMs)])
    killTree(child.pid ?? 0, victim === 'rclone' ? 'rclone' : null)
    await ended
  }

  /** Whatever is open is carried on; then there is a whole copy. */
  async function carryOn(): Promise<void> {
    const open = JSON.parse((await ops(['--json', 'runs'])).stdout.split('\n')[0] ?? '[]')
    expect(open).to.be.an('array')
    for (const { run, outcome } of open as { run: string; outcome: string | null }[]) {
      if (['succeeded', 'aborted', 'refused'].includes(outcome ?? '')) continue
      await ops(['abort', run])
    }
    await copy()
  }
})

const lower = (text: string): string => text.replace('"Size"', '"size"')

async function untilRclone(root: number): Promise<void> {
  const { findBelow } = await import('./support/kill-tree.ts')
  while (findBelow(root, 'rclone').length === 0) {
    if (findBelow(root, null).length === 0) return
    await sleep(5)
  }
}

/** mulberry32: small, fast, the same on every machine. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
