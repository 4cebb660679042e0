// Ends a process and all below it at once, as the death of a machine does; or only those of one name.
import { readdirSync, readFileSync } from 'node:fs'

interface Found {
  readonly pid: number
  readonly parent: number
  readonly name: string
}

/** `root` and its descendants; of these only those of the name, where one is given. */
export function findBelow(root: number, name: string | null): readonly number[] {
  const all = readAll()
  const found = all.filter(({ pid }) => pid === root)
  // Grows while it is gone through.
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid))
  return found.filter(one => name === null || one.name === name).map(({ pid }) => pid)
}

export function killTree(root: number, name: string | null): void {
  for (const pid of findBelow(root, name)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it has ended by itself
    }
  }
}

function readAll(): readonly Found[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .flatMap(entry => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
        const end = stat.lastIndexOf(')')
        const name = stat.slice(stat.indexOf('(') + 1, end)
        return [{ pid: Number(entry), parent: Number(stat.slice(end + 2).split(' ')[1]), name }]
      } catch {
        return []
      }
    })
}
