// Looks at the list of processes every 10 ms, as any user of the machine can, and keeps every command line and environment that it has
// seen, so that it can be asked afterwards whether a secret was among them.
import { readdirSync, readFileSync } from 'node:fs'

const everyMs = 10
/** A process that has just been forked still has the command line of its parent. */
const youngMs = 300

export interface ProcessWatch extends Disposable {
  readonly looks: number
  /** Of these texts, those that were seen, and where. */
  find(texts: readonly string[]): readonly { readonly text: string; readonly in: string }[]
}

export function watchProcesses(): ProcessWatch {
  const seen = new Map<string, string>()
  const firstMs = new Map<string, number>()
  let looks = 0
  const look = (): void => {
    looks += 1
    const now = performance.now()
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue
      const first = firstMs.get(pid) ?? now
      firstMs.set(pid, first)
      if (now - first > youngMs) continue
      for (const file of ['cmdline', 'environ']) {
        const text = read(`/proc/${pid}/${file}`)
        if (text !== '') seen.set(text, `${file} of ${text.slice(0, 40).replaceAll('\0', ' ')}`)
      }
    }
  }
  const timer = setInterval(look, everyMs)
  return {
    get looks() {
      return looks
    },
    find: texts =>
      [...seen].flatMap(([where, name]) =>
        texts.filter(text => where.includes(text)).map(text => ({ text, in: name })),
      ),
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // it has ended, or belongs to somebody else
  }
}
