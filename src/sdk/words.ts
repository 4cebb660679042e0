// Sizes, times and names as people read them. Pure.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `1.5 GiB`, `10 GiB`. */
export function sayBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const amount = bytes / 1024 ** power
  return `${power === 0 || amount >= 100 ? Math.round(amount) : Math.round(amount * 10) / 10} ${units[power]}`
}

/** Of milliseconds: `3 s`, `12 min`, `7 h`, `4 d`. */
export function saySpan(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** Of epoch milliseconds: `2026-03-04T05:06:07Z`. */
export const sayTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

/** `12,345`. */
export const sayCount = (count: number): string => count.toLocaleString('en-GB')

/** `a, b and 12 more`: at most `most` of them, and how many more there are. */
export function sayFew(names: readonly string[], most = 5, between = ', '): string {
  const more = names.length > most ? ` and ${names.length - most} more` : ''
  return names.slice(0, most).join(between) + more
}
