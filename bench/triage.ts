// How long a triage of 10,000 copies takes of which 2,000 are unassigned, through the real adapter and over HTTP on loopback, how much memory
// `ops` needs for it, and how many requests a cluster that is sick already gets. Exits 1 where a bar is missed.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Diagnosis } from '../runbooks/triage/diagnosis.ts'
import triage from '../runbooks/triage/runbook.ts'
import { connectElasticsearch } from '../src/adapters/elasticsearch/index.ts'
import { makePlan, refused } from '../src/engine/plan.ts'
import { FakeWorld } from '../test/support/fake-world/fake-world.ts'
import { awayNode, clusterName, clusterUuid, dataNodes, masters } from './sick-cluster/cluster.ts'

const bars = { seconds: 5, rssMiB: 512, requests: 200 }
const truth = 'node_missing'

const server = fork(join(import.meta.dirname, 'sick-cluster', 'server.ts'), [], {
  execArgv: ['--disable-warning=ExperimentalWarning'],
})
const [port] = await once(server, 'message')
const url = `http://127.0.0.1:${port}`
const names = [...masters, ...dataNodes, awayNode]
const { engine } = new FakeWorld({
  clusterName,
  clusterUuid,
  nodes: names.map(name => ({ name, roles: name.startsWith('es-master') ? ['master'] : ['data_hot'] })),
}).begin()

const began = performance.now()
const cluster = connectElasticsearch({
  endpoints: names.map(host => ({ host, url: host === awayNode ? 'http://127.0.0.1:1' : url })),
  ...{ username: 'ops', password: 'not-a-secret', clusterName, clusterUuid },
})
const { allocation, membership, indices, snapshots } = cluster
const plan = await makePlan(
  { ...engine, elasticsearch: cluster, allocation, membership, indices, snapshots },
  triage,
  triage.params.parse({}),
  new Map(),
)
const seconds = (performance.now() - began) / 1000
const { diagnosis } = plan.body.details as { readonly diagnosis: Diagnosis }
const { requests, unknown } = (await (await fetch(`${url}/bench/count`)).json()) as {
  requests: number
  unknown: string[]
}
await cluster.close()
server.disconnect()

const rssMiB = process.resourceUsage().maxRSS / 1024
for (const { id, copyCount, sentence } of diagnosis.causes) console.log(`${id} (${copyCount}): ${sentence}`)
console.table({
  copies: diagnosis.copies.total,
  unassigned: diagnosis.copies.unassigned,
  seconds: Math.round(seconds * 100) / 100,
  'most memory, MiB': Math.round(rssMiB),
  requests,
  'requests as told': diagnosis.requests,
})
const missed = [
  ...(seconds < bars.seconds ? [] : [`it takes ${bars.seconds} s or more`]),
  ...(rssMiB < bars.rssMiB ? [] : [`it needs ${bars.rssMiB} MiB or more`]),
  ...(requests < bars.requests ? [] : [`it asks ${bars.requests} times or more`]),
  ...(diagnosis.copies.unassigned === 2000 ? [] : ['it does not see 2,000 unassigned copies']),
  ...(diagnosis.causes[0]?.id === truth ? [] : [`the first cause is not ${truth}`]),
  ...unknown.map(line => `the bench has no answer for ${line}`),
  ...diagnosis.blind,
  ...refused(plan).map(({ gate, evidence }) => `${gate}: ${evidence}`),
]
for (const line of missed) console.log(`missed: ${line}`)
process.exitCode = missed.length > 0 ? 1 : 0
