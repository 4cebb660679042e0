// Numbers and lists of names as people read them. Pure.

/** `23 s`, `3 m 20 s`, `1 h 05 m`. */
export function sayDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return hours === 0 ? `${minutes} m ${pad(rest)} s` : `${hours} h ${pad(minutes)} m`
}

/** `1,234`. */
export const sayCount = (count: number): string => Math.round(count).toLocaleString('en-US')

export const sayPlural = (count: number, one: string, many = `${one}s`): string =>
  `${sayCount(count)} ${count === 1 ? one : many}`

const most = 6

/** All names, or runs of numbered names as Ansible writes them: `es-data[01:12]`. */
export function sayNames(names: readonly string[]): string {
  return (names.length > most ? joinRuns(names) : names).join(', ')
}

interface Numbered {
  readonly stem: string
  readonly digits: string
}

function joinRuns(names: readonly string[]): string[] {
  const runs: { first: Numbered; last: Numbered }[] = []
  for (const name of names) {
    const [, stem = name, digits = ''] = /^(.*?)(\d+)$/.exec(name) ?? []
    const run = runs.at(-1)
    if (run !== undefined && follows(run.last, { stem, digits })) run.last = { stem, digits }
    else runs.push({ first: { stem, digits }, last: { stem, digits } })
  }
  return runs.map(({ first, last }) =>
    first.digits === last.digits
      ? `${first.stem}${first.digits}`
      : `${first.stem}[${first.digits}:${last.digits}]`,
  )
}

function follows(last: Numbered, next: Numbered): boolean {
  return (
    next.stem === last.stem &&
    next.digits.length === last.digits.length &&
    Number(next.digits) === Number(last.digits) + 1
  )
}

const pad = (count: number): string => String(count).padStart(2, '0')
