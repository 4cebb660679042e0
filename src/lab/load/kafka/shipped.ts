// What the consumer group has brought on of a load: read where it ends up, once the group has caught up or stands still.
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { OpsError } from '../../../errors/index.ts'
import { dailyIndex, sources } from '../../elasticsearch/content.ts'
import { connect } from '../../elasticsearch/http.ts'
import { kafkaClient } from '../../kafka/access.ts'
import { askBrokers } from '../../kafka/ask.ts'
import { consumerGroup } from '../../shipper/config.ts'
import { waitFor } from '../../wait.ts'
import { readCopies, settle } from '../copies.ts'
import type { LedgerEntry } from '../ledger.ts'
import type { LoadTarget } from '../target.ts'
import type { LogContent } from './read-log.ts'
import type { Destination, KafkaTarget } from './target.ts'
import type { Shipped } from './verdict.ts'

/** Longer than a group needs to do without a member that was killed: its session ends, then the others have to join anew. */
const stallMs = 60_000

export async function readShipped(
  { access, destination }: KafkaTarget,
  topic: string,
  log: LogContent,
  ledger: ReadonlyMap<string, LedgerEntry>,
): Promise<Shipped | undefined> {
  if (!destination) return undefined
  const behind = await waitForGroup({ access }, topic, log)
  if (behind === undefined) return undefined
  const { ids, repeated } = await readDestination(destination, ledger)
  return { to: destination.kind, ids, repeated, behind }
}

/** How many records the group still lacks once it makes no more progress; nothing where there has never been such a group. */
async function waitForGroup(
  { access }: Pick<KafkaTarget, 'access'>,
  topic: string,
  { ranges }: LogContent,
): Promise<number | undefined> {
  const kafka = kafkaClient(access, { clientId: 'ops-lab-verify' })
  let behind = 0
  try {
    const { groups } = await askBrokers(kafka, admin => admin.describeGroups([consumerGroup]))
    if (groups[0]?.state === 'Dead') return undefined
    await waitFor({
      stallMs,
      everyMs: 500,
      look: async () => {
        const asked = { groupId: consumerGroup, topics: [topic] }
        const [committed] = await askBrokers(kafka, admin => admin.fetchOffsets(asked))
        const offsets = new Map(committed?.partitions.map(one => [one.partition, Number(one.offset)]))
        behind = ranges
          .map(({ partition, low, high }) => high - Math.max(low, offsets.get(partition) ?? 0))
          .reduce((sum, lag) => sum + Math.max(0, lag), 0)
        return behind === 0 ? { result: true } : { progress: String(behind) }
      },
      onStall: () => new OpsError('STALLED', { message: `the group ${consumerGroup} stands still` }),
    })
  } catch (error) {
    // It is said in the verdict, which is worth having all the same.
    if (!(error instanceof OpsError && error.code === 'STALLED')) throw error
  }
  return behind
}

const readDestination = (destination: Destination, ledger: ReadonlyMap<string, LedgerEntry>) =>
  destination.kind === 'files' ? readFiles(destination.files) : readIndices(destination.cluster, ledger)

async function readIndices(cluster: LoadTarget, ledger: ReadonlyMap<string, LedgerEntry>) {
  using elastic = connect(cluster, 'elastic')
  const days = new Set([...ledger.values()].map(({ at = '' }) => at.slice(0, 10)))
  // A message of the last second of a day may carry the next one.
  const dates = [...days].flatMap(day => [0, 1].map(more => new Date(Date.parse(day) + more * 86_400_000)))
  const wanted = new Set(dates.flatMap(date => sources.map(source => dailyIndex(source, date))))
  const known: { index: string }[] = await elastic.ask('GET', '/_cat/indices?format=json&h=index')
  const indices = known.map(({ index }) => index).filter(index => wanted.has(index))
  if (indices.length === 0) return { ids: new Set<string>(), repeated: [] }
  await settle(elastic, indices)
  const runs = [...new Set([...ledger.keys()].map(id => id.slice(0, id.lastIndexOf('-'))))]
  const copies = (await readCopies(elastic, indices, runs)).filter(copy => copy.primary)
  return countIds(copies.flatMap(({ ids, repeated }) => [...ids, ...repeated]))
}

const shippedLine = z.object({ ids: z.array(z.string()) })

function readFiles(files: readonly string[]) {
  const lines = files
    .filter(file => existsSync(file))
    .flatMap(file => readFileSync(file, 'utf8').split('\n').slice(0, -1))
  return countIds(lines.flatMap(line => shippedLine.parse(JSON.parse(line)).ids))
}

function countIds(all: readonly string[]) {
  const ids = new Set<string>()
  const repeated: string[] = []
  for (const id of all) {
    if (ids.has(id)) repeated.push(id)
    ids.add(id)
  }
  return { ids, repeated }
}
