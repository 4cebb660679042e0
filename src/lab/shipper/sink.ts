// Where documents go. A sink returns once it has every one of them safe, or has refused it for good: only then may the offset
// be committed.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, connectAs } from '../elasticsearch/http.ts'
import { type Attempt, readAnswer, readFailure } from '../load/attempt.ts'
import { openLines } from '../load/ledger.ts'
import type { MemberConfig, SinkConfig } from './config.ts'
import { type Counters, countResponse } from './counters.ts'
import type { ShippedDocument } from './document.ts'
import { readLogin } from './settings.ts'

export interface Sink extends Disposable {
  /** `breathe` is called between tries and may throw to end them. */
  write(documents: readonly ShippedDocument[], breathe: () => Promise<void>): Promise<void>
}

const longestPauseMs = 2000
const requestTimeoutMs = 30_000
const complaintEveryMs = 2000

export function openSink(
  { sink, address }: Pick<MemberConfig, 'sink' | 'address'>,
  counters: Counters,
): Sink {
  return sink.kind === 'file' ? openFile(sink.file) : openElasticsearch(sink, address, counters)
}

function openFile(file: string): Sink {
  const lines = openLines(file)
  return {
    write: async documents => lines.append([{ ids: documents.map(({ id }) => id) }]),
    [Symbol.dispose]: () => lines[Symbol.dispose](),
  }
}

function openElasticsearch(
  config: SinkConfig & { kind: 'elasticsearch' },
  address: string,
  counters: Counters,
): Sink {
  const { urls, caFile } = config
  const login = readLogin(config)
  // From its own address, as a host's: the server's log says who was refused by it.
  const connection = connectAs({ urls, caFile, ...login, localAddress: address })
  const onStatus = (status: number, url: string) => {
    countResponse(counters, status)
    if (status === 401) complain(`401 from ${url}: ${login.username} is not let in; kept, and tried again`)
  }
  const complain = sayAtMost(complaintEveryMs)
  let turn = 0
  return {
    write: async (documents, breathe) => {
      let open = documents
      for (let tries = 0; open.length > 0; tries++) {
        if (tries > 0) await sleep(Math.min(50 * 2 ** tries, longestPauseMs))
        await breathe()
        const url = urls[turn++ % urls.length] ?? ''
        const answers = await createAll(connection, url, open, onStatus)
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
  onStatus: (status: number, url: string) => void,
): Promise<readonly Attempt[]> {
  const lines = documents.flatMap(({ id, index, source }) => [
    JSON.stringify({ create: { _id: id, _index: index } }),
    JSON.stringify(source),
  ])
  const path = '/_bulk?timeout=10s&filter_path=items.*.status,items.*.error.type'
  try {
    const { status, body } = await send(url, 'POST', path, `${lines.join('\n')}\n`, requestTimeoutMs)
    onStatus(status, url)
    return readAnswer(status, body, documents.length)
  } catch (error) {
    return documents.map(() => readFailure(error))
  }
}

/** All threads of a member say the same thing at once; it is enough to hear it once. */
function sayAtMost(everyMs: number): (line: string) => void {
  let last = Number.NEGATIVE_INFINITY
  return line => {
    if (performance.now() - last < everyMs) return
    last = performance.now()
    console.error(`${new Date().toISOString()} ${line}`)
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
