// Stands at the door of the cluster: every command that gives data up is held against the journal as it is at that moment.
import type { RerouteCommand } from '../../../src/ports/allocation.ts'
import type { FakeWorld } from '../../support/fake-world/fake-world.ts'

export interface LossWatch {
  readonly world: FakeWorld
  /** Those that came through the door, as `allocate_stale_primary crm[0]`. */
  readonly commands: string[]
  /** What must never happen. */
  readonly violations: string[]
}

export function watchLosses(world: FakeWorld): LossWatch {
  const watch: LossWatch = { world, commands: [], violations: [] }
  const { allocation } = world.cluster
  const { reroute } = allocation
  allocation.reroute = async commands => {
    const losing = commands.filter(isLosing)
    const approved = losing.length === 0 ? [] : await readApproved(world)
    for (const command of losing) {
      const name = `${command.index}[${command.shard}]`
      watch.commands.push(`${command.do} ${name}`)
      const mine = approved.findIndex(what => what.includes(`${name} on `) && what.includes(command.node))
      if (mine === -1) watch.violations.push(`${command.do} ${name} on ${command.node} without an approval`)
      else approved.splice(mine, 1)
    }
    if (losing.length > 1) watch.violations.push(`${losing.length} losses at once`)
    await reroute(commands)
  }
  return watch
}

const isLosing = (command: RerouteCommand): command is RerouteCommand & { do: 'allocate_stale_primary' } =>
  command.do === 'allocate_stale_primary' || command.do === 'allocate_empty_primary'

/** Deeds that another person than the one who asked has agreed to, and that the run has taken note of. */
async function readApproved({ journal }: FakeWorld): Promise<string[]> {
  const found: string[] = []
  for (const { run } of await journal.runs()) {
    const records = await journal.read(run)
    const actor = records.find(({ type }) => type === 'run.started')?.actor
    const given = records.filter(({ type, by }) => type === 'approval.given' && by !== actor)
    const noted = records.filter(
      ({ type, step }) => type === 'step.noted' && String(step).startsWith('approved: '),
    )
    for (const { step } of noted) {
      const what = String(step).slice('approved: '.length)
      if (given.some(({ gates }) => Array.isArray(gates) && gates.includes(what))) found.push(what)
    }
  }
  return found
}

export async function itsLosses({ commands, violations }: LossWatch): Promise<readonly string[]> {
  return [...violations, ...commands]
}
