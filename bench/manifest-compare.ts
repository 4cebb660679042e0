// What it costs to compare a million restored documents with their manifest: time, and the most memory of the process. On three
// real nodes: `npm run bench -- manifest-compare`; it exits 1 where a bar is missed.

import { fork } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare } from '../runbooks/restore/prove.ts'
import { type ManifestIndex, samplesPerIndex } from '../runbooks/snapshot/manifest.ts'
import { connectElasticsearch, type ElasticsearchConnection } from '../src/adapters/elasticsearch/index.ts'
import { takeDown } from '../src/lab/down.ts'
import { connect } from '../src/lab/elasticsearch/http.ts'
import { clusterName, urlOf } from '../src/lab/layout.ts'
import { readPassword } from '../src/lab/secrets.ts'
import type { Lab } from '../src/lab/state.ts'
import { bringUp } from '../src/lab/up.ts'

const bars = { seconds: 60, rssMiB: 256 }
const documents = 1_000_000
const names = ['crm.app', 'erp.app', 'eks.payment', 'eks.order', 'nginx.access'].map(
  one => `${one}-2025.04.08`,
)
const inBulk = 5000
const net = '127.0.24'

interface Given {
  readonly urls: readonly { readonly host: string; readonly url: string }[]
  readonly caFile: string
  readonly password: string
  readonly manifest: readonly ManifestIndex[]
}

if (process.send === undefined) await measure()
else process.once('message', given => void compareAll(given as Given))

/** The lab and the documents are this process's; the comparison has one of its own, so that its memory is all that is measured. */
async function measure(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'ops-bench-'))
  chmodSync(directory, 0o755)
  try {
    const lab = await bringUp({ stateDir: directory, layout: 'small', net, talk: () => {} })
    await fill(lab)
    const given = { ...reachOf(lab), manifest: await readManifest(lab) }
    const result = await compareInChild(given)
    console.table(result)
    const missed = [
      ...(result.documents === documents ? [] : ['not every document was counted']),
      ...(result.differences === 0 ? [] : ['something differs']),
      ...(result.seconds < bars.seconds ? [] : [`it takes ${bars.seconds} s or more`]),
      ...(result.rssMiB < bars.rssMiB ? [] : [`memory is not under ${bars.rssMiB} MiB`]),
    ]
    for (const line of missed) console.log(`missed: ${line}`)
    process.exitCode = missed.length > 0 ? 1 : 0
  } finally {
    await takeDown(directory, () => {})
    rmSync(directory, { recursive: true, force: true })
  }
}

async function fill(lab: Lab): Promise<void> {
  using elastic = connect(lab, 'elastic')
  const each = documents / names.length
  for (const name of names) {
    const settings = { number_of_shards: 2, number_of_replicas: 0, refresh_interval: '-1' }
    await elastic.ask('PUT', `/${name}`, { settings })
    for (let from = 0; from < each; from += inBulk) {
      const lines = Array.from({ length: inBulk }, (_, at) => {
        const seq = from + at
        const time = new Date(Date.parse('2025-04-08T00:00:00Z') + seq * 400).toISOString()
        return `{"index":{"_id":"l${seq}"}}\n{"@timestamp":"${time}","message":"line ${seq}","seq":${seq}}\n`
      })
      await elastic.ask('POST', `/${name}/_bulk?filter_path=errors`, lines.join(''))
    }
    await elastic.ask('POST', `/${name}/_refresh`)
  }
}

function reachOf(lab: Lab): Omit<Given, 'manifest'> {
  return {
    urls: lab.nodes.map(node => ({ host: node.name, url: urlOf(node) })),
    caFile: lab.paths.caFile,
    password: readPassword(lab.paths, 'ops'),
  }
}

function open({ urls, caFile, password }: Omit<Given, 'manifest'>): ElasticsearchConnection {
  return connectElasticsearch({ endpoints: [...urls], caFile, username: 'ops', password, clusterName })
}

async function readManifest(lab: Lab): Promise<ManifestIndex[]> {
  const es = open(reachOf(lab))
  try {
    const facts = await es.indices.find(names)
    const contents = await es.indices.content(names)
    const manifest: ManifestIndex[] = []
    for (const { name, uuid, shards, mappingHash } of facts) {
      const {
        docs = 0,
        bytes = 0,
        fromMs = null,
        untilMs = null,
      } = contents.find(one => one.index === name) ?? {}
      const samples = await es.indices.sample(name, samplesPerIndex, 1)
      const ends = { docs: { least: docs, most: docs }, bytes, fromMs, untilMs }
      manifest.push({ index: name, uuid, shards, mappingHash, ...ends, samples })
    }
    return manifest
  } finally {
    await es.close()
  }
}

interface Result {
  readonly documents: number
  readonly indices: number
  readonly differences: number
  readonly seconds: number
  readonly rssMiB: number
}

function compareInChild(given: Given): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, { execArgv: process.execArgv })
    child.once('message', result => resolve(result as Result))
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the comparison ended with ${code}`)))
    child.send(given)
  })
}

async function compareAll(given: Given): Promise<void> {
  const es = open(given)
  const began = performance.now()
  let [documents, differences] = [0, 0]
  for (const wanted of given.manifest) {
    const { index, uuid, bytes } = wanted
    const verdict = await compare(es, { index, name: index, uuid, bytes }, wanted)
    documents += verdict.docs
    differences += verdict.differences.length
  }
  const seconds = Math.round(performance.now() - began) / 1000
  await es.close()
  // Kibibytes, the most that the process has ever had.
  const rssMiB = Math.round(process.resourceUsage().maxRSS / 1024)
  process.send?.({ documents, indices: given.manifest.length, differences, seconds, rssMiB })
  process.disconnect()
}
