// The part of `ops lab fault` that breaks a cluster and not a node: shards, disks, filters, masters. It says what came of it and
// nothing more; the work is in src/lab/faults, loaded only when asked for.
import { type Command, Option } from 'commander'
import type { Told } from '../../lab/faults/cluster-faults.ts'
import type { Lab } from '../../lab/state.ts'
import type { CliIo } from '../io.ts'
import { findHostsLab, setHostFault } from './lab-hosts.ts'
import { example, parseNumber } from './lab-words.ts'

type Faults = typeof import('../../lab/faults/cluster-faults.ts')
type State = typeof import('../../lab/state.ts')

interface Off {
  readonly off?: boolean
}

export function addClusterFaults(fault: Command, io: () => CliIo): void {
  const verb = (words: string, description: string, undo: string, sample: string) =>
    fault
      .command(words)
      .description(description)
      .option('--off', undo)
      .addHelpText('after', example(`ops lab fault ${sample}`))
  const run = (name: string, off: boolean | undefined, work: Work) => runFault(io(), name, off === true, work)

  verb(
    'shard-corrupt <shard> <node>',
    'turn over one byte of one copy of a shard, and have it read',
    'turn it back',
    "shard-corrupt 'crm.app-2025.04.10[1]' es-data01",
  ).action((shard: string, node: string, { off }: Off) =>
    run('shard-corrupt', off, (faults, lab, { requireNode }) =>
      faults.corrupt(lab, shard, requireNode(lab, node), off === true),
    ),
  )
  verb(
    'lose-data-path <node>',
    'take away what a stopped node has on its disk',
    'put it back; the node has to be stopped again',
    'lose-data-path es-data01',
  ).action((node: string, { off }: Off) =>
    run('lose-data-path', off, (faults, lab, { requireNode }) =>
      faults.losePath(lab, requireNode(lab, node), off === true),
    ),
  )
  verb(
    'filter <node-or-index>',
    'leave a filter behind: a node excluded, or an index that wants an attribute no node has',
    'take it away, unless somebody has changed it',
    'filter es-data02',
  ).action((target: string, { off }: Off) =>
    run('filter', off, (faults, lab) => faults.filter(lab, target, off === true)),
  )
  verb(
    'watermark',
    'set the watermarks of the disks so that every node is over one of them',
    'as they were before',
    'watermark --level high',
  )
    .addOption(
      new Option('--level <level>', 'up to which one').choices(['low', 'high', 'flood']).default('low'),
    )
    .action(({ level, off }: Off & { level: 'low' | 'high' | 'flood' }) =>
      run('watermark', off, (faults, lab) => faults.watermark(lab, level, off === true)),
    )
  verb(
    'dangling <index>',
    'delete an index while a node is away, and so much after it that the cluster forgets',
    'take it into the cluster again',
    'dangling crm.app-2025.04.01 --node es-data03',
  )
    .option('--node <node>', 'which one keeps its copy; default: the first of the lab')
    .action((index: string, { node, off }: Off & { node?: string }) =>
      run('dangling', off, (faults, lab) => faults.dangle(lab, index, node, off === true)),
    )
  verb(
    'master-flap',
    'take the elected master out and bring it back, again and again, in the background',
    'end it, with every node back',
    'master-flap --every 5',
  )
    .addOption(
      new Option('--how <how>', 'what is done to it').choices(['stop', 'freeze', 'abdicate']).default('stop'),
    )
    .option('--every <seconds>', 'pause between two', parseNumber, 5)
    .option('--times <number>', 'stop flapping after so many', parseNumber)
    .action(
      ({
        how,
        every,
        times,
        off,
      }: Off & { how: 'stop' | 'freeze' | 'abdicate'; every: number; times?: number }) =>
        run('master-flap', off, (faults, lab) =>
          faults.flap(lab, off ? null : { stateDir: io().stateDir, how, everyMs: every * 1000, times }),
        ),
    )
  verb(
    'pause [target]',
    'switch allocation off, of one index or of the cluster; on a host, everything halts',
    'switch it on again; let the host go on',
    'pause',
  ).action(async (target: string | undefined, { off }: Off) => {
    const hosts = await findHostsLab(io())
    if (hosts) return setHostFault(io(), hosts, 'pause', target ?? '', { off: off === true })
    return run('pause', off, (faults, lab) => faults.pause(lab, target ?? null, off === true))
  })
}

/** Says whether the lab has a node of this name. */
export async function fillNode(io: CliIo, name: string, percent: number, off: boolean): Promise<boolean> {
  const [{ findLab }, { fill }] = await Promise.all([
    import('../../lab/state.ts'),
    import('../../lab/faults/cluster-faults.ts'),
  ])
  const lab = findLab(io.stateDir)
  const node = lab?.nodes.find(one => one.name === name)
  if (!lab || !node) return false
  tell(io, 'disk-full', off, await fill(lab, node, percent, off))
  return true
}

type Work = (faults: Faults, lab: Lab, state: State) => Promise<Told>

async function runFault(io: CliIo, name: string, off: boolean, work: Work): Promise<void> {
  const [faults, state] = await Promise.all([
    import('../../lab/faults/cluster-faults.ts'),
    import('../../lab/state.ts'),
  ])
  tell(io, name, off, await work(faults, state.requireLab(io.stateDir), state))
}

function tell({ json, result }: CliIo, name: string, off: boolean, { target, text }: Told): void {
  result(json ? { fault: name, target, off, text } : text)
}
