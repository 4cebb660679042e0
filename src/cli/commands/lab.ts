// The verbs of `ops lab`. They say what came of it and nothing more; the work is in src/lab, loaded only when asked for.
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { kafkaSecurities, type LabService } from '../../lab/layout.ts'
import { offsetResets } from '../../lab/state.ts'
import type { CliIo } from '../io.ts'
import { addClusterFaults, fillNode } from './lab-cluster-faults.ts'
import {
  addHostFaults,
  bringUpHosts,
  findHostsLab,
  killHostService,
  listFaultsOfHosts,
  refuseBesideHosts,
  setHostFault,
  showHosts,
  takeDownHosts,
} from './lab-hosts.ts'
import { addLoad } from './lab-load.ts'
import { addNodes } from './lab-node.ts'
import { addShipper } from './lab-shipper.ts'
import { example, knownServices, parseNumber, parseWords } from './lab-words.ts'

type Io = () => CliIo

export function addLabCommands(program: Command, io: Io): void {
  const lab = program.command('lab').description('a lab of real servers, on loopback or on hosts')
  addUpAndDown(lab, io)
  addService(lab, io)
  addLoad(lab, io)
  addNodes(lab, io)
  addShipper(lab, io)
  addFaults(lab, io)
}

function addUpAndDown(lab: Command, io: Io): void {
  lab
    .command('up')
    .description('bring the lab up; what runs already is left alone')
    .addOption(
      new Option('--layout <name>', 'full: the ten nodes of the platform; small: three').choices([
        'full',
        'small',
      ]),
    )
    .addOption(
      new Option(
        '--only <services>',
        'which of elasticsearch, kafka, vault, s3, logstash (a stand-in), by commas',
      ).argParser(parseWords),
    )
    .option('--archive <file>', 'an official elasticsearch-8.x archive instead of Maven Central')
    .option('--boot-delay <seconds>', 'let every node take this much longer to start', parseNumber)
    .addOption(new Option('--net <net>', 'loopback network of the nodes, such as 127.0.2').env('OPS_LAB_NET'))
    .addOption(
      new Option('--kafka-rf <copies>', 'copies of the topic raw-logs; default 2').argParser(parseNumber),
    )
    .addOption(
      new Option(
        '--kafka-brokers <count>',
        '3 to 6 in three racks; the first 3 are controllers too; default 3',
      ).argParser(parseNumber),
    )
    .addOption(new Option('--kafka-security <kind>', 'what clients of Kafka meet').choices(kafkaSecurities))
    .addOption(
      new Option('--offset-reset <where>', 'where logstash begins in a partition new to it').choices(
        offsetResets,
      ),
    )
    .addOption(new Option('--hosts <tool>', 'the lab of hosts: systemd and ssh').choices(['vagrant']))
    .addOption(
      new Option('--provider <name>', 'what the hosts are made of').choices([
        'docker',
        'virtualbox',
        'libvirt',
      ]),
    )
    .addHelpText('after', example('ops lab up --layout small'))
    .action(async ({ bootDelay, archive, hosts, provider, only, kafkaRf, ...options }) => {
      if (hosts) return bringUpHosts(io(), { provider, only })
      const services = only && knownServices(only)
      await refuseBesideHosts(io())
      const { bringUp } = await import('../../lab/up.ts')
      const { stateDir, talk, json, result } = io()
      const request = {
        ...options,
        services,
        stateDir,
        talk,
        bootDelaySeconds: bootDelay,
        kafkaCopies: kafkaRf,
      }
      const brought = await bringUp({ ...request, ...(archive ? { archive: resolve(archive) } : {}) })
      const { labStatus } = await import('../../lab/status.ts')
      result(json ? await labStatus(brought) : `The lab is up. Next: ${nextStep(brought.state.services)}`)
    })
  lab
    .command('down')
    .description('end every process of the lab and remove all that it made')
    .addHelpText('after', example('ops lab down'))
    .action(async () => {
      const { takeDown } = await import('../../lab/down.ts')
      const { stateDir, talk, json, result } = io()
      const hadHosts = await takeDownHosts(io())
      const changed = (await takeDown(stateDir, talk)) || hadHosts
      result(json ? { changed } : changed ? 'The lab is down; nothing is left of it.' : 'There was no lab.')
    })
  lab
    .command('rebuild')
    .description('form the cluster anew on nodes whose data is gone; a drill restores what was in it')
    .requiredOption('--lost <uuid>', 'uuid of the cluster that is gone')
    .addHelpText('after', example('ops lab rebuild --lost 5FJqGcGKSvyF1MRvcEv1mQ'))
    .action(async ({ lost }) => {
      const { rebuildCluster } = await import('../../lab/elasticsearch/rebuild.ts')
      const { stateDir, talk, json, result } = io()
      const rebuilt = await rebuildCluster(stateDir, lost, talk)
      result(json ? rebuilt : `The cluster is there again, empty: ${rebuilt.clusterUuid}`)
    })
  lab
    .command('status')
    .description('the nodes of the lab and how to reach them')
    .addHelpText('after', example('ops lab status --json'))
    .action(async () => {
      const hosts = await findHostsLab(io())
      if (hosts) return showHosts(io(), hosts)
      const [{ requireLab }, { labStatus, renderStatus }] = await Promise.all([
        import('../../lab/state.ts'),
        import('../../lab/status.ts'),
      ])
      const { stateDir, json, result } = io()
      const status = await labStatus(requireLab(stateDir))
      result(json ? status : renderStatus(status))
    })
}

function addService(lab: Command, io: Io): void {
  const service = lab.command('service').description('one node, as a service manager sees it')
  const verb = (name: string, description: string) =>
    service
      .command(name)
      .description(description)
      .argument('<node>')
      .addHelpText('after', example(`ops lab service ${name} es-data01`))

  const act = async (name: string, change: 'start' | 'stop' | 'status', timeoutSeconds = 60) => {
    const [{ requireLab, requireNode }, { nodeStatus, startNode, stopNode }] = await Promise.all([
      import('../../lab/state.ts'),
      import('../../lab/service.ts'),
    ])
    const { stateDir, json, result } = io()
    const found = requireLab(stateDir)
    const node = requireNode(found, name)
    const deeds = {
      start: startNode,
      status: nodeStatus,
      stop: (...of: [typeof found, typeof node]) => stopNode(...of, timeoutSeconds * 1000),
    }
    const after = await deeds[change](found, node)
    const note = 'changed' in after && !after.changed ? ', as it was' : ''
    result(json ? after : `${after.name} ${after.state}${note}`)
  }
  verb('start', 'start it; it joins its cluster some seconds later').action(name => act(name, 'start'))
  verb('stop', 'stop it in good order and wait for its end')
    .option('--timeout <seconds>', 'give up when its log has stood still this long', parseNumber, 60)
    .action((name, { timeout }) => act(name, 'stop', timeout))
  verb('status', 'running, starting, frozen or stopped').action(name => act(name, 'status'))
}

function addFaults(lab: Command, io: Io): void {
  const fault = lab
    .command('fault')
    .description('harm done on purpose; every one can be undone, and lab down undoes all')
  const verb = (name: string, description: string, argument: string) =>
    fault
      .command(name)
      .description(description)
      .argument(`<${argument}>`)
      .addHelpText(
        'after',
        example(`ops lab fault ${name} ${argument === 'directory' ? '/tmp/small' : nodeOf(name)}`),
      )
  const say = (done: object, text: string) => io().result(io().json ? done : text)

  const nodeFault = (name: 'stop' | 'kill' | 'freeze' | 'thaw', description: string, past: string) =>
    verb(name, description, 'node').action(async (nodeName: string) => {
      const hosts = name === 'kill' ? await findHostsLab(io()) : undefined
      if (hosts) return killHostService(io(), hosts, nodeName)
      const { requireLab, requireNode } = await import('../../lab/state.ts')
      const { freezeNode, killNode, thawNode } = await import('../../lab/faults/node-faults.ts')
      const { stopNode } = await import('../../lab/service.ts')
      const found = requireLab(io().stateDir)
      const stop = (...of: Parameters<typeof killNode>) => stopNode(...of, 60_000)
      const deeds = { stop, kill: killNode, freeze: freezeNode, thaw: thawNode }
      await deeds[name](found, requireNode(found, nodeName))
      say({ fault: name, target: nodeName }, `${nodeName} ${past}`)
    })
  nodeFault('stop', 'stop the node in good order, behind the back of whoever watches it', 'stopped')
  nodeFault('kill', 'end the node as a power cut does (SIGKILL)', 'killed')
  nodeFault('freeze', 'halt the node in the middle of everything (SIGSTOP)', 'frozen')
  nodeFault('thaw', 'let a frozen node go on', 'goes on')

  const sealFault = (name: 'seal' | 'unseal', description: string, past: string) =>
    verb(name, description, 'node').action(async (nodeName: string) => {
      const { requireLab, requireNode } = await import('../../lab/state.ts')
      const { requireVaultNode, seal, unseal } = await import('../../lab/vault/seal.ts')
      const found = requireLab(io().stateDir)
      await { seal, unseal }[name](found, requireVaultNode(requireNode(found, nodeName)))
      say({ fault: name, target: nodeName }, `${nodeName} ${past}`)
    })
  sealFault('seal', 'seal the Vault: it answers, and gives nothing to anybody', 'is sealed')
  sealFault('unseal', 'unseal the Vault; a stopped or killed one comes back sealed', 'is unsealed')

  verb('refuse-start', 'let the node fail to start', 'node')
    .option('--off', 'let it start again')
    .action(async (nodeName, { off }) => {
      const { requireLab, requireNode } = await import('../../lab/state.ts')
      const { refuse, stopRefusing } = await import('../../lab/faults/refusals.ts')
      const found = requireLab(io().stateDir)
      const change = off ? stopRefusing : refuse
      change(found.paths, requireNode(found, nodeName).name)
      say(
        { fault: 'refuse-start', target: nodeName, off: off === true },
        `${nodeName} ${off ? 'may start' : 'refuses to start'}`,
      )
    })
  verb('small-state', 'mount a small filesystem on a directory (needs root)', 'directory')
    .option('--size <size>', 'such as 1m', '1m')
    .option('--off', 'unmount it')
    .action(async (directory, { size, off }) => {
      const { mountSmall, unmountSmall } = await import('../../lab/faults/mounts.ts')
      const [target, labOwn] = [resolve(directory), await ownPaths(io)]
      await (off ? unmountSmall(labOwn, target) : mountSmall(labOwn, target, size))
      say(
        { fault: 'small-state', target, off: off === true },
        off ? `${target} is unmounted` : `${target} holds ${size}`,
      )
    })
  verb(
    'disk-full',
    'give a node a disk of its own and fill it, or fill what small-state made; on a host, where its service writes',
    'target',
  )
    .option('--off', 'empty it again; the node goes back to the disk of all')
    .option('--percent <number>', 'of a node: how full', parseNumber, 92)
    .option('--directory <path>', 'hosts: which directory of the host; default: where its service logs')
    .action(async (directory, { off, percent, ...options }) => {
      const hosts = await findHostsLab(io())
      if (hosts) return setHostFault(io(), hosts, 'disk-full', directory, { off, ...options })
      if (await fillNode(io(), directory, percent, off === true)) return
      const { emptyMount, fillMount } = await import('../../lab/faults/mounts.ts')
      const target = resolve(directory)
      const change = off ? emptyMount : fillMount
      change(await ownPaths(io), target)
      say({ fault: 'disk-full', target, off: off === true }, `${target} is ${off ? 'empty again' : 'full'}`)
    })
  addClusterFaults(fault, io)
  addHostFaults(fault, io)
  fault
    .command('list')
    .description('every fault that has not been undone, and how to undo it')
    .addHelpText('after', example('ops lab fault list'))
    .action(async () => {
      const hosts = await findHostsLab(io())
      if (hosts) return listFaultsOfHosts(io(), hosts)
      const { requireLab } = await import('../../lab/state.ts')
      const { listFaults } = await import('../../lab/faults/node-faults.ts')
      const faults = await listFaults(requireLab(io().stateDir))
      const lines = faults.map(one => `${one.target}  ${one.fault}  undo: ${one.undo}`)
      say({ faults }, lines.join('\n') || 'no fault')
    })
}

const ownPaths = async (io: Io) => (await import('../../lab/paths.ts')).labPaths(io().stateDir)

const nodeOf = (fault: string): string => (fault.includes('seal') ? 'vault01' : 'es-data01')

const nextStep = (services: readonly LabService[]): string =>
  services.includes('elasticsearch')
    ? 'ops lab load --seconds 30, or ops plan rolling-restart'
    : services.includes('kafka')
      ? 'ops lab load --kafka --seconds 30, or ops lab status'
      : 'ops lab status'
