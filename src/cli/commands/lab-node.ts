// The verbs of `ops lab node`: machines that come and go beside the nodes that the lab was made with.
import type { Command } from 'commander'
import type { CliIo } from '../io.ts'
import { addHost, findHostsLab, refuseToConfigure, removeHostForGood } from './lab-hosts.ts'
import { example, parseWords } from './lab-words.ts'

interface NewOptions {
  readonly like: string
  readonly seeds?: readonly string[]
  readonly clusterName?: string
  readonly initialMasters?: readonly string[]
  readonly foreignCa?: boolean
  readonly likeVersion?: string
}

export function addNodes(lab: Command, io: () => CliIo): void {
  const node = lab
    .command('node')
    .description('machines that come and go; the inventory is for runbooks to change')
  node
    .command('new')
    .description('a machine that is installed and stopped, in no inventory, with an empty data directory')
    .argument('<name>')
    .requiredOption('--like <node>', 'the node whose tier and roles it has')
    .option('--seeds <addresses>', 'wrong seeds in place of the masters, by commas', parseWords)
    .option('--cluster-name <name>', 'another name of the cluster in its configuration')
    .option('--initial-masters <names>', 'cluster.initial_master_nodes in its configuration', parseWords)
    .option('--foreign-ca', 'a certificate of an authority that the cluster does not trust')
    .option(
      '--like-version <version>',
      'a stand-in: its software is found in this version; it runs that of the lab',
    )
    .addHelpText('after', example('ops lab node new es-data06 --like es-data03'))
    .action(async (name: string, options: NewOptions) => {
      if (await findHostsLab(io())) return addHost(io(), name, options)
      const { newNode } = await import('../../lab/nodes/new-node.ts')
      const { stateDir, json, result } = io()
      const made = await newNode(stateDir, { name, ...options })
      const next = `Next: ops plan add-node --help`
      result(json ? made : `${name} is installed at ${made.address}, and stopped. ${next}`)
    })
  node
    .command('configure')
    .description('write its configuration anew from the members that there are; nothing is restarted')
    .argument('<name>')
    .option(
      '--members <names>',
      'nodes of Elasticsearch that there are; default: those of the inventory',
      parseWords,
    )
    .addHelpText('after', example('ops lab node configure es-data06'))
    .action(async (name: string, { members }: { members?: readonly string[] }) => {
      if (await findHostsLab(io())) return refuseToConfigure(name)
      const { configureNode } = await import('../../lab/nodes/configure-node.ts')
      const { stateDir, json, result } = io()
      const done = await configureNode(stateDir, name, members)
      const restart = done.needsRestart ? '; it reads that at its next start' : ''
      result(json ? done : `${name} is configured${done.changed ? '' : ', as it was'}${restart}`)
    })
  node
    .command('remove')
    .description('end a machine for good and remove all that was on it; its host stays in the inventory')
    .argument('<name>')
    .addHelpText('after', example('ops lab node remove es-data06'))
    .action(async (name: string) => {
      if (await findHostsLab(io())) return removeHostForGood(io(), name)
      const { removeNode } = await import('../../lab/nodes/remove-node.ts')
      const { stateDir, json, result } = io()
      const done = await removeNode(stateDir, name)
      result(json ? done : `${name} is ${done.changed ? 'gone' : 'gone already'}`)
    })
}
