// Which faults of hosts have not been undone: $STATE/lab/hosts/faults.json. A fault is written down before it is done, so
// that one which was cut off can still be undone.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { z } from 'zod'
import { writeAtomically } from '../../state.ts'
import type { HostsLab } from '../state.ts'

const fault = z.object({
  fault: z.string(),
  target: z.string(),
  since: z.string(),
  /** Where on the host, for a fault of a directory. */
  directory: z.string().optional(),
})
export type RecordedFault = z.infer<typeof fault>
const file = z.object({ faults: z.array(fault) })

export function readFaults({ paths }: HostsLab): readonly RecordedFault[] {
  if (!existsSync(paths.faults)) return []
  return file.parse(JSON.parse(readFileSync(paths.faults, 'utf8'))).faults
}

export const findFault = (lab: HostsLab, name: string, target: string): RecordedFault | undefined =>
  readFaults(lab).find(one => one.fault === name && one.target === target)

export function recordFault(lab: HostsLab, one: RecordedFault): void {
  save(lab, [...readFaults(lab).filter(other => !isSame(other, one)), one])
}

export function forgetFault(lab: HostsLab, one: Pick<RecordedFault, 'fault' | 'target'>): void {
  save(
    lab,
    readFaults(lab).filter(other => !isSame(other, one)),
  )
}

const isSame = (
  a: Pick<RecordedFault, 'fault' | 'target'>,
  b: Pick<RecordedFault, 'fault' | 'target'>,
): boolean => a.fault === b.fault && a.target === b.target

function save({ paths }: HostsLab, faults: readonly RecordedFault[]): void {
  if (faults.length === 0) rmSync(paths.faults, { force: true })
  else writeAtomically(paths.faults, JSON.stringify({ faults }))
}
