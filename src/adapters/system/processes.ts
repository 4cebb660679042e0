// This machine's processes, as Linux shows them under /proc.
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { ProcessTable } from '../../ports/processes.ts'

const startTimeField = 19

export const systemProcesses: ProcessTable = {
  host: hostname(),
  pid: process.pid,
  startOf: pid => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The command name may hold spaces and brackets; the fields after its last bracket are numbers.
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[startTimeField] ?? null
    } catch {
      return null
    }
  },
}
