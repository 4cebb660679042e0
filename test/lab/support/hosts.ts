// What the cases on the eighteen hosts have in common: one lab, `ops` on its inventory, and a witness of the cluster.
import { type FaultRequest, setFault } from '../../../src/lab/hosts/faults/faults.ts'
import type { HostsLab } from '../../../src/lab/hosts/state.ts'
import type { Witness } from './nodes.ts'
import type { OpsProcess } from './ops.ts'

export interface HostsUnderTest {
  readonly lab: HostsLab
  readonly witness: Witness
  /** On `inventory/lab`, told record by record. */
  readonly ops: OpsProcess
}

/** Does harm to a host for as long as the work takes, and takes it back whatever happens. */
export async function whileHarmed<T>(
  lab: HostsLab,
  fault: Omit<FaultRequest, 'off'>,
  work: () => Promise<T>,
): Promise<T> {
  await setFault(lab, fault)
  try {
    return await work()
  } finally {
    await setFault(lab, { ...fault, off: true })
  }
}
