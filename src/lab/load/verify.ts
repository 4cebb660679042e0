// Reads back every document that a load ever sent. A first look that finds anything wrong is taken again after a pause, as a
// copy may lag; a second one counts.
import { setTimeout as sleep } from 'node:timers/promises'
import { OpsError } from '../../errors/index.ts'
import { type Connection, connect } from '../elasticsearch/http.ts'
import { findLoad } from './control.ts'
import { readById, readCopies, settle } from './copies.ts'
import { loadFiles } from './files.ts'
import { type LedgerEntry, readLedger } from './ledger.ts'
import type { LoadTarget } from './target.ts'
import { judge, missingIn, type Verdict } from './verdict.ts'

const pauseMs = 10_000

export async function verifyLoad(
  lab: LoadTarget,
  name: string,
  talk: (line: string) => void,
): Promise<Verdict> {
  if (findLoad(lab.paths, name)) {
    throw new OpsError('USAGE', {
      message: `the load ${name} is still running`,
      hint: `ops lab load --stop --name ${name}`,
    })
  }
  const ledger = readLedger(loadFiles(lab.paths, name).ledger)
  using elastic = connect(lab, 'elastic')
  talk(`reading ${ledger.size} documents back from every copy`)
  const first = await look(elastic, ledger)
  if (first.verdict === 'nothing lost') return first
  talk(`not as it should be; looking again in ${pauseMs / 1000} s`)
  await sleep(pauseMs)
  return look(elastic, ledger)
}

/** What to end with where the ledger does not hold. */
export function explainViolation({ lost, partlyLost, phantom, duplicates }: Verdict, name: string): OpsError {
  const counts = { lost, 'partly lost': partlyLost, phantom, duplicates }
  const said = Object.entries(counts).filter(([, count]) => count > 0)
  return new OpsError('DATA_LOST', {
    message: `ledger ${name}: ${said.map(([what, count]) => `${count} ${what}`).join(', ') || 'the copies do not agree'}`,
    hint: `ops lab load --verify --name ${name} --json names the first of each`,
  })
}

async function look(elastic: Connection, ledger: ReadonlyMap<string, LedgerEntry>): Promise<Verdict> {
  const indices = [...new Set([...ledger.values()].map(entry => entry.index))].filter(index => index !== '')
  const runs = [...new Set([...ledger.keys()].map(id => id.slice(0, id.lastIndexOf('-'))))]
  const existing = await keepExisting(elastic, indices)
  if (existing.length === 0) return judge(ledger, [])
  await settle(elastic, existing)
  const copies = await readCopies(elastic, existing, runs)
  const missing = missingIn(ledger, copies).filter(({ index }) => existing.includes(index))
  return judge(ledger, copies, await readById(elastic, missing))
}

/** An index that was never made holds nothing; asking it would be an error and no answer. */
async function keepExisting({ ask }: Connection, indices: readonly string[]): Promise<readonly string[]> {
  const found: { index: string }[] = await ask('GET', '/_cat/indices?format=json&h=index')
  return indices.filter(index => found.some(one => one.index === index))
}
