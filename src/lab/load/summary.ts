// What a load has done so far, from its files alone, so that anybody may ask at any time.
import { existsSync, readFileSync } from 'node:fs'
import type { LabPaths } from '../paths.ts'
import { findLoad } from './control.ts'
import { loadFiles } from './files.ts'
import { readLedger } from './ledger.ts'
import { percentile, type RateLine } from './rates.ts'

export interface LoadSummary {
  readonly name: string
  readonly running: boolean
  readonly pid: number | null
  readonly sent: number
  readonly ok: number
  readonly failed: number
  readonly unknown: number
  /** Sent and not answered yet, while the load runs. */
  readonly underWay: number
  readonly retried: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly maxMs: number | null
  /** Acknowledged documents a second, over the last ten whole seconds. */
  readonly ratePerSecond: number
  readonly ledger: string
  readonly rates: string
}

export function summariseLoad(paths: LabPaths, name: string): LoadSummary {
  const files = loadFiles(paths, name)
  const running = findLoad(paths, name)
  // One that has only just begun has written nothing yet.
  const begun = existsSync(files.ledger) || !running
  const entries = begun ? [...readLedger(files.ledger).values()] : []
  const latencies = entries.flatMap(({ outcome, ms }) => (outcome === 'ok' && ms !== undefined ? [ms] : []))
  const count = (outcome: string) => entries.filter(entry => entry.outcome === outcome).length
  const underWay = running ? entries.filter(({ ms }) => ms === undefined).length : 0
  const lastSeconds = readRates(files.rates).slice(-10)
  return {
    name,
    running: running !== undefined,
    pid: running?.pid ?? null,
    sent: entries.length,
    ok: count('ok'),
    failed: count('fail'),
    unknown: count('unknown') - underWay,
    underWay,
    retried: entries.filter(({ attempts = 1 }) => attempts > 1).length,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    maxMs: percentile(latencies, 1),
    ratePerSecond: lastSeconds.reduce((sum, line) => sum + line.ok, 0) / Math.max(1, lastSeconds.length),
    ledger: files.ledger,
    rates: files.rates,
  }
}

export function renderSummary(of: LoadSummary): string {
  const state = of.running ? `running (process ${of.pid}), ${of.ratePerSecond.toFixed(0)}/s` : 'ended'
  return [
    `load ${of.name}: ${state}`,
    `${of.ok} ok, ${of.failed} failed, ${of.unknown} unknown, ${of.retried} retried`,
    `latency p50 ${of.p50Ms} ms, p99 ${of.p99Ms} ms, longest ${of.maxMs} ms`,
  ].join('\n')
}

function readRates(file: string): readonly RateLine[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map(line => JSON.parse(line) as RateLine)
}
