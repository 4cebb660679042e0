// Gates that are judged right before copies are moved.
import { type Gate, type MasterState, pass, type Run, type RunningSnapshot, refuse, refuseAny } from '#sdk'

export interface MoveFacts {
  readonly master: MasterState
  readonly snapshots: readonly RunningSnapshot[]
}

export const moveGates: readonly Gate<MoveFacts, null>[] = [
  {
    name: 'the_master_is_stable_for_moves',
    prevents: 'Copies on their way when the next master begins to count them anew.',
    waivable: 'never',
    check: ({ master: { elected, stable, symptom } }) =>
      elected !== null && (stable === 'green' || stable === 'unknown')
        ? pass(`${elected} is the master`)
        : refuse(`no stable master: ${symptom}`),
  },
  {
    name: 'no_snapshot_is_running_for_moves',
    prevents: 'Moves that wait for the snapshot of their shard, and a backup that ends late or in parts.',
    waivable: 'never',
    check: ({ snapshots }) =>
      refuseAny(
        snapshots.map(({ repository, snapshot }) => `${snapshot} is being taken into ${repository}`),
        'no snapshot is running',
      ),
  },
]

export async function judgeMoves(run: Run): Promise<void> {
  const { elasticsearch: es } = run
  const facts = { master: await es.master(), snapshots: await es.runningSnapshots() }
  await run.judge(moveGates, facts, null)
}
