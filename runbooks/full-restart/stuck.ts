// What is said when a service does not stop, or does not come back: which are up and which are down, and the next command. Reads only.
import { exitCodes, OpsError, type Run, toOpsError } from '#sdk'
import type { FullDetails } from './plan.ts'
import { readStates, type ServiceState } from './services.ts'

/** Services that ran before the run and do not run now. */
export async function listDown(run: Run, { fleets }: FullDetails): Promise<readonly ServiceState[]> {
  return (await readStates(run, fleets)).filter(({ state }) => state !== 'running')
}

/** A run that is taken back cannot be carried on. */
export type Again = 'ops resume' | 'ops abort'

/** Half way a run is neither up nor down: a person decides, and what is held stays held. */
export async function orStuck<T>(
  run: Run,
  details: FullDetails,
  again: Again,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (run.signal.aborted) throw thrown
    const { code, message, hint, cause } = toOpsError(thrown)
    if (code === 'BUG') throw thrown
    throw new OpsError(code, {
      message: `${message}; ${await sayStates(run, details)}`,
      hint: `${hint === undefined ? '' : `${hint}; then: `}${sayNext(run, again)}`,
      exitCode: exitCodes.needsHuman,
      cause,
    })
  }
}

const sayNext = ({ id }: Run, again: Again): string =>
  again === 'ops abort'
    ? `ops abort ${id} goes on starting`
    : `ops resume ${id} goes on, ops abort ${id} starts everything again`

async function sayStates(run: Run, { fleets }: FullDetails): Promise<string> {
  try {
    const states = await readStates(run, fleets)
    return (['running', 'stopped', 'unknown'] as const)
      .map(wanted => ({ wanted, found: states.filter(({ state }) => state === wanted) }))
      .filter(({ found }) => found.length > 0)
      .map(({ wanted, found }) => `${wanted}: ${found.map(one => sayState(one)).join(', ')}`)
      .join('; ')
  } catch (thrown) {
    return `nobody knows what runs: ${toOpsError(thrown).message}`
  }
}

/** A name in the inventory is one host, which may have several services. */
const sayState = ({ host, service, state, says }: ServiceState): string => {
  const name = `${service} on ${host}`
  return state === 'running' || says === '' ? name : `${name} (${says})`
}
