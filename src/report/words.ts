// Numbers, times and lists as people read them. Times are UTC. Pure.

/** `23 s`, `3 m 20 s`, `1 h 05 m`, `2 d 03 h`. */
export function sayDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000))
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ]
  if (days > 0) return `${days} d ${pad(hours)} h`
  if (hours > 0) return `${hours} h ${pad(minutes)} m`
  return minutes > 0 ? `${minutes} m ${pad(whole % 60)} s` : `${whole} s`
}

/** `2025-04-10 12:04:05`. */
export const sayDateTime = (atMs: number): string =>
  new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')

/** `12:04:05`. */
export const sayTime = (atMs: number): string => sayDateTime(atMs).slice(11)

/** `1,234`. */
export const sayCount = (count: number): string => Math.round(count).toLocaleString('en-US')

/** `1,234` or `1.25`: as many digits as a person wants to see. */
export function sayNumber(value: number): string {
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return sayCount(value)
  return String(Number(value.toPrecision(3)))
}

export const sayPlural = (count: number, one: string, many = `${one}s`): string =>
  `${sayCount(count)} ${count === 1 ? one : many}`

/** `a, b and c`. */
export function sayList(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `1.4 GiB`. */
export function sayBytes(bytes: number): string {
  let [size, unit] = [bytes, 0]
  while (size >= 1024 && unit < byteUnits.length - 1) {
    size /= 1024
    unit++
  }
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${byteUnits[unit]}`
}

const pad = (count: number): string => String(count).padStart(2, '0')
