// `ops doctor`: what is left of dead runs, who holds what, what cannot be reached, and one thing to type for each.
import { openWorld, type State, type World } from '../../app/wire.ts'
import { leftovers } from '../../engine/plan.ts'
import { viewRun } from '../../engine/view.ts'
import { exitCodes, toOpsError } from '../../errors/index.ts'
import { explainTroubles } from '../../scheduler/overdue.ts'
import { readStatus } from '../../scheduler/status.ts'
import type { CliIo } from '../io.ts'
import { withState } from '../run/with-state.ts'
import { readJobs } from '../schedule/jobs.ts'
import { explainLeftShutdowns, type KnownRun } from './left-shutdowns.ts'

interface Finding {
  readonly about: string
  readonly what: string
  readonly mend: string
}

export async function doctorCommand(io: CliIo): Promise<number> {
  const findings = [
    ...(await findLeftByRuns(io)),
    ...(await findTroubledSchedules(io)),
    ...(await findInWorld(io)),
  ]
  if (io.json) io.result({ healthy: findings.length === 0, findings })
  else if (findings.length === 0) io.result('Nothing to mend.')
  else io.result(findings.map(({ about, what, mend }) => `${about}: ${what}\n    ${mend}`).join('\n'))
  return findings.length === 0 ? exitCodes.done : exitCodes.failed
}

async function findLeftByRuns(io: CliIo): Promise<readonly Finding[]> {
  return withState(io, async state => {
    const held = await state.locks.held(state.clock.now())
    const alive = new Set(held.filter(lock => lock.state === 'live').map(({ run }) => run))
    const orphans = await findOrphans(state, alive)
    const settings = (await leftovers(state))
      // What was announced to the cluster is asked of the cluster itself.
      .filter(({ run, kind }) => !alive.has(run) && kind !== 'elasticsearch.node-shutdown')
      .map(({ run, name, targets }) => ({
        about: `setting ${name}`,
        what: `was changed by run ${run} on ${targets.length} target(s) and not given back`,
        mend: `ops abort ${run} gives it back`,
      }))
    const locks = held
      .filter(lock => lock.state === 'orphan')
      .map(({ name, run, since }) => ({
        about: `lock ${name}`,
        what: `is held since ${since} by run ${run}, whose process is gone`,
        mend: `ops resume ${run}, or ops abort ${run}`,
      }))
    return [...orphans, ...settings, ...locks]
  })
}

async function findOrphans({ journal }: State, alive: ReadonlySet<string>): Promise<readonly Finding[]> {
  const left = (await journal.runs()).filter(({ run, outcome }) => outcome === null && !alive.has(run))
  return Promise.all(
    left.map(async ({ run, lastAt }) => ({
      about: `run ${run}`,
      what: `has no process; its last record is of ${lastAt}`,
      mend: viewRun(await journal.read(run)).undoing
        ? `ops abort ${run} takes back the rest`
        : `ops resume ${run} carries it on, ops abort ${run} ends it safely`,
    })),
  )
}

/** Where no scheduler has ever been started, nothing is expected of schedules: a lab, a laptop. */
async function findTroubledSchedules(io: CliIo): Promise<readonly Finding[]> {
  return withState(io, async state => {
    if ((await state.ledger.looks()).length === 0) return []
    const now = state.clock.now()
    try {
      const jobs = await readJobs(state.config, now)
      return (await readStatus(state, jobs, now)).flatMap(status => explainTroubles(status, now))
    } catch (thrown) {
      const { message, hint } = toOpsError(thrown)
      return [{ about: 'schedules', what: message, mend: hint ?? 'see ops schedule list' }]
    }
  })
}

async function findInWorld(io: CliIo): Promise<readonly Finding[]> {
  try {
    const world = await openWorld({ ...io, host: { notify: () => {} } })
    try {
      const endpoints = await world.endpoints()
      const unreachable = endpoints
        .filter(({ problem }) => problem !== null)
        .map(({ host, address, problem }) => ({
          about: host,
          what: `${address}: ${problem}`,
          mend: `start it on its host, or take it out of the inventory`,
        }))
      const answering = endpoints.flatMap(({ host, problem }) => (problem === null ? [host] : []))
      return [...unreachable, ...(await findLeftShutdowns(world, answering))]
    } finally {
      await world.close()
    }
  } catch (thrown) {
    const { message, hint } = toOpsError(thrown)
    return [{ about: 'inventory and cluster', what: message, mend: hint ?? 'see ops plan --verbose' }]
  }
}

async function findLeftShutdowns(
  { engine }: World,
  answering: readonly string[],
): Promise<readonly Finding[]> {
  const { hosts } = await engine.ansible.inventory()
  const nodes = hosts.filter(({ groups }) => groups.includes('elasticsearch'))
  if (!nodes.some(({ name }) => answering.includes(name))) return []
  const records = await engine.elasticsearch.shutdowns()
  if (records.length === 0) return []
  return explainLeftShutdowns(records, await engine.elasticsearch.members(), await knownRuns(engine))
}

async function knownRuns({
  journal,
  locks,
  clock,
}: Pick<State, 'journal' | 'locks' | 'clock'>): Promise<readonly KnownRun[]> {
  const held = await locks.held(clock.now())
  return Promise.all(
    (await journal.runs()).map(async ({ run, outcome }) => ({
      ...{ run, outcome },
      alive: held.some(lock => lock.run === run && lock.state === 'live'),
      undoing: viewRun(await journal.read(run)).undoing,
    })),
  )
}
