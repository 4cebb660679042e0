// Disk watermarks of the fake in bytes that must stay free, headroom applied.
import { effective } from './shards.ts'
import type { FakeState } from './state.ts'

const prefix = 'cluster.routing.allocation.disk'
const units: Readonly<Record<string, number>> = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30, tb: 2 ** 40 }

export interface FreeBytes {
  readonly low: number
  readonly lowText: string
  readonly high: number
  readonly highText: string
  readonly flood: number
}

/** `null` where the watermarks are off. */
export function bytesToStayFree(state: FakeState, totalBytes: number): FreeBytes | null {
  if (effective(state, `${prefix}.threshold_enabled`) === 'false') return null
  const text = (level: string, usual: string) => effective(state, `${prefix}.watermark.${level}`) ?? usual
  const bytes = (level: string, usual: string, headroom: string) => {
    const value = text(level, usual)
    if (!value.endsWith('%')) return readBytes(value)
    const share = totalBytes * (1 - Number(value.slice(0, -1)) / 100)
    const cap = effective(state, `${prefix}.watermark.${level}.max_headroom`)
    // A value that somebody has set has no cap but that which was set too.
    if (cap === undefined && effective(state, `${prefix}.watermark.${level}`) !== undefined) return share
    return Math.min(share, readBytes(cap ?? headroom))
  }
  return {
    low: bytes('low', '85%', '200gb'),
    lowText: text('low', '85%'),
    high: bytes('high', '90%', '150gb'),
    highText: text('high', '90%'),
    flood: bytes('flood_stage', '95%', '100gb'),
  }
}

function readBytes(text: string): number {
  const found = /^([\d.]+)\s*([kmgt]?b)$/.exec(text.toLowerCase())
  return found === null ? 0 : Number(found[1]) * (units[found[2] ?? 'b'] ?? 1)
}
