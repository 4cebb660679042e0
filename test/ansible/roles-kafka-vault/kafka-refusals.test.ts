// What role kafka refuses before it touches anything, on what a look at the hosts may have found.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import { localInventory, openRoleTest, type RoleTest, refusalOf } from '../roles/play-role.ts'

const clusterId = 'b3BzLXRlc3Qta2Fma2EtMQ'
const empty = { formatted: false, started: false, foreign: false, cluster_id: '', node_id: '', entries: [] }
const dataOf = (node: number, cluster = clusterId): JsonObject => ({
  ...empty,
  formatted: true,
  started: true,
  cluster_id: cluster,
  node_id: String(node),
  entries: ['meta.properties'],
})
const seen = (storage: JsonObject, answering: readonly string[] = []): JsonObject => ({
  kafka_seen: { storage, running: false, answering: [...answering] },
})

describe('role kafka refuses', function () {
  this.timeout(300_000)
  let test: RoleTest
  async function play(
    hosts: Readonly<Record<string, JsonObject>>,
    vars: JsonObject = {},
    limit?: readonly string[],
  ) {
    test = await openRoleTest(
      localInventory({ kafka: hosts }, { kafka_cluster_id: clusterId, versions: { kafka: '3.6.2' } }),
    )
    try {
      return await test.play('kafka', { test_tasks: 'refuse', ...vars }, limit ? { hosts: limit } : {})
    } finally {
      await test.close()
    }
  }
  const allNew = { kafka01: seen(empty), kafka02: seen(empty), kafka03: seen(empty) }

  it('nothing where three empty hosts are to become a cluster, or three with its data are seen again', async () => {
    const known = {
      kafka01: seen(dataOf(1)),
      'kafka02.pl.ovh.local': seen(dataOf(2)),
      third: { ...seen(dataOf(9)), kafka_node_id: 9 },
    }
    for (const hosts of [allNew, known]) {
      const { outcomes } = await play(hosts)
      expect([...outcomes.values()].map(({ state }) => state)).to.deep.equal(['ok', 'ok', 'ok'])
    }
  })

  it('a cluster id that is none', async () => {
    expect(refusalOf(await play(allNew, { kafka_cluster_id: 'prod' }), 'kafka01')).to.contain(
      'kafka_cluster_id (prod) has to be 22 characters',
    )
  })

  it('node ids that are missing or the same', async () => {
    for (const other of ['kafka-b', 'broker01']) {
      const hosts = { kafka01: seen(empty), [other]: seen(empty) }
      expect(refusalOf(await play(hosts), 'kafka01'), other).to.contain('needs an id of its own')
    }
  })

  it('the data of another cluster, of another node, or of something else', async () => {
    const storages: readonly (readonly [JsonObject, string])[] = [
      [dataOf(1, 'another-cluster-000000'), 'but of node 1 of cluster another-cluster-000000'],
      [dataOf(2), `but of node 2 of cluster ${clusterId}`],
      [{ ...empty, foreign: true, entries: ['photos'] }, 'but holds photos and no meta.properties'],
    ]
    for (const [storage, said] of storages) {
      const refusal = refusalOf(await play({ ...allNew, kafka01: seen(storage) }), 'kafka01')
      expect(refusal.replaceAll(/\s+/g, ' ')).to.contain(said)
      expect(refusal).to.contain('nothing is ever formatted over data')
    }
  })

  it('empty nodes that are a majority where another has data', async () => {
    const played = await play({ ...allNew, kafka03: seen(dataOf(3)) })
    expect(refusalOf(played, 'kafka01')).to.match(/kafka01, kafka02 have no data, and kafka03 have/)
  })

  it('them also where those with data are not in the play, but answer', async () => {
    const hosts = { kafka01: seen(empty, ['kafka03']), kafka02: seen(empty), kafka03: {} }
    expect(refusalOf(await play(hosts, {}, ['kafka01', 'kafka02']), 'kafka01')).to.contain('kafka03 have')
  })

  it('no single empty node among those with data: it is filled from them', async () => {
    const { outcomes } = await play({
      kafka01: seen(empty),
      kafka02: seen(dataOf(2)),
      kafka03: seen(dataOf(3)),
    })
    expect([...outcomes.values()].every(({ state }) => state === 'ok')).to.equal(true)
  })

  it('the platform’s own server.properties, before anything is put in place', async () => {
    const file = join(import.meta.dirname, 'files', 'server.properties')
    const played = await play(allNew, {
      test_tasks: 'judge',
      kafka_config_file: file,
      kafka_config_dir: '/nowhere/kafka',
      kafka_lint_unit: '',
    })
    const refusal = refusalOf(played, 'kafka01')
    expect(refusal).to.contain(
      `${file} for kafka01 has 4 faults: neither process.roles nor zookeeper.connect`,
    )
    expect(refusal.replaceAll(/\s+/g, ' ')).to.contain(
      'default.replication.factor 2 with min.insync.replicas 2',
    )
    expect(existsSync('/nowhere')).to.equal(false)
  })
})
