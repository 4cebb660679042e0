// Where documents go. A sink returns once it has every one of them safe, or has refused it for good: only then may the offset
// be committed.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, connectTo } from '../elasticsearch/http.ts'
import { type Attempt, readAnswer, readFailure } from '../load/attempt.ts'
import { openLines } from '../load/ledger.ts'
import type { SinkConfig } from './config.ts'
import type { Counters } from './counters.ts'
import type { ShippedDocument } from './document.ts'

export interface Sink extends Disposable {
  /** `breathe` is called between tries and may throw to end them. */
  write(documents: readonly ShippedDocument[], breathe: () => Promise<void>): Promise<void>
}

const longestPauseMs = 2000
const requestTimeoutMs = 30_000

export function openSink(config: SinkConfig, counters: Counters): Sink {
  return config.kind === 'file' ? openFile(config.file) : openElasticsearch(config, counters)
}

function openFile(file: string): Sink {
  const lines = openLines(file)
  return {
    write: async documents => lines.append([{ ids: documents.map(({ id }) => id) }]),
    [Symbol.dispose]: () => lines[Symbol.dispose](),
  }
}

function openElasticsearch(config: SinkConfig & { kind: 'elasticsearch' }, counters: Counters): Sink {
  const connection = connectTo(config)
  let turn = 0
  return {
    write: async (documents, breathe) => {
      let open = documents
      for (let tries = 0; open.length > 0; tries++) {
        if (tries > 0) await sleep(Math.min(50 * 2 ** tries, longestPauseMs))
        await breathe()
        const url = config.urls[turn++ % config.urls.length] ?? ''
        const answers = await createAll(connection, url, open)
        for (const answer of answers) count(answer, counters)
        open = open.filter((_, at) => isOpen(answers[at]))
      }
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

/** `create`: a document that is there already is left alone, and says so. */
async function createAll(
  { send }: Connection,
  url: string,
  documents: readonly ShippedDocument[],
): Promise<readonly Attempt[]> {
  const lines = documents.flatMap(({ id, index, source }) => [
    JSON.stringify({ create: { _id: id, _index: index } }),
    JSON.stringify(source),
  ])
  const path = '/_bulk?timeout=10s&filter_path=items.*.status,items.*.error.type'
  try {
    const { status, body } = await send(url, 'POST', path, `${lines.join('\n')}\n`, requestTimeoutMs)
    return readAnswer(status, body, documents.length)
  } catch (error) {
    return documents.map(() => readFailure(error))
  }
}

const isOpen = (answer: Attempt | undefined): boolean =>
  answer === undefined || answer.kind === 'notWritten' || answer.kind === 'unsure'

function count(answer: Attempt, counters: Counters): void {
  if (answer.kind === 'refused') {
    counters.refused++
    console.error(`refused for good: ${answer.reason}`)
  } else if (answer.kind !== 'acked') counters.retried++
  else if (answer.via === 'conflict') counters.repeated++
}
