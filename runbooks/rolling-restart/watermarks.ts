// Disk watermarks as free bytes: a share, a ratio or a size, with the largest headroom that 8.x puts on shares. Pure.
import type { Watermarks } from '#sdk'

const units: Readonly<Record<string, number>> = {
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
}

/** Bytes that must stay free on a disk of `totalBytes` for the watermark not to be reached. */
export function freeBytesNeeded(
  marks: Watermarks,
  stage: 'low' | 'high' | 'flood',
  totalBytes: number,
): number {
  const mark = marks[stage]
  const bytes = sizeBytes(mark)
  if (bytes !== null) return bytes
  const ratio = mark.endsWith('%') ? Number.parseFloat(mark) / 100 : Number.parseFloat(mark)
  const headroom = sizeBytes(marks[`${stage}MaxHeadroom`] ?? '')
  // What nobody can read is never fulfilled.
  if (Number.isNaN(ratio)) return Number.POSITIVE_INFINITY
  const needed = totalBytes * (1 - ratio)
  return headroom === null || headroom < 0 ? needed : Math.min(needed, headroom)
}

/** Bytes that a disk may take until its low watermark; all that are free where the watermarks are off. Negative past it. */
export function roomBeforeLow(
  { totalBytes, availableBytes }: { readonly totalBytes: number; readonly availableBytes: number },
  marks: Watermarks,
): number {
  return marks.enabled ? availableBytes - freeBytesNeeded(marks, 'low', totalBytes) : availableBytes
}

/** `150gb` or `150g` as bytes; `null` for what is no size (`85%`, `0.85`, empty). */
export function sizeBytes(text: string): number | null {
  const [, amount, unit] = /^(-?\d+(?:\.\d+)?)(?:b|([kmgtp])b?)$/i.exec(text.trim()) ?? []
  return amount === undefined ? null : Number(amount) * (units[unit?.toLowerCase() ?? ''] ?? 1)
}
