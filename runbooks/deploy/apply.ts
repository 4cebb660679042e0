// The whole deploy: system by system, and from one to the next only when the last one stands.
import type { InventoryHost, Run } from '#sdk'
import { applyRestart } from '../rolling-restart/apply.ts'
import { lookAtCluster } from '../rolling-restart/facts.ts'
import { gates as restartGates } from '../rolling-restart/gates/index.ts'
import { applyKafkaRestart } from '../rolling-restart/kafka/apply.ts'
import { lookAtKafka } from '../rolling-restart/kafka/facts.ts'
import { kafkaGates } from '../rolling-restart/kafka/gates/index.ts'
import { planKafkaRestart } from '../rolling-restart/kafka/plan.ts'
import { planRestart } from '../rolling-restart/plan.ts'
import { restartParams } from './facts.ts'
import { waitForControllers, waitForNodes } from './formation.ts'
import type { DeployParams } from './params.ts'
import type { DeployDetails, PlannedPart } from './plan.ts'
import { type Played, playStep } from './play.ts'
import { type SystemName, systems } from './systems.ts'

/**
 * 1. Every system in its order; a host that fails stops the rollout.
 * 2. A cluster that is made: masters until they have a quorum, then those that hold data, then the coordinating ones.
 * 3. A cluster that runs: its hosts get their config; nodes that need a restart go through the gates of a rolling restart.
 */
export async function applyDeploy(run: Run, details: DeployDetails, params: DeployParams): Promise<void> {
  for (const part of details.parts) {
    switch (part.system) {
      case 'elasticsearch':
        await (details.cluster === 'running'
          ? changeCluster(run, part, params)
          : makeCluster(run, part, params))
        break
      case 'kafka':
        await deployKafka(run, part, params)
        break
      default:
        await playPart(run, part)
    }
  }
}

async function playPart(run: Run, { system, playbook, hosts }: PlannedPart): Promise<Played> {
  const played = await playStep(run, { key: system, title: `deploy ${system}`, playbook, hosts })
  await remark(run, system, system, played)
  return played
}

/** What a person should see to stands in the report. */
async function remark(
  run: Run,
  key: string,
  system: SystemName,
  { restart, warnings }: Played,
): Promise<void> {
  const { restarts } = systems.find(({ name }) => name === system) ?? { restarts: false }
  const behind =
    restarts || restart.length === 0 ? [] : [`goes on with an older config on ${restart.join(', ')}`]
  for (const [at, text] of [...warnings, ...behind].entries())
    await run.mark(`${key}.remark.${at}`, 'remark', { text: `${system} ${text}` })
}

/** First starts only: the role starts a node whose data directory is empty, and no other. */
async function makeCluster(
  run: Run,
  { playbook, hosts }: PlannedPart,
  { giveUp }: DeployParams,
): Promise<void> {
  const inventory = await run.ansible.inventory()
  const started: string[] = []
  for (const groups of systems.find(({ name }) => name === 'elasticsearch')?.firstStart ?? []) {
    const batch = membersOf(inventory.hosts, groups).filter(host => hosts.includes(host))
    if (batch.length === 0) continue
    const key = `elasticsearch.${groups[0]}`
    const title = `deploy elasticsearch on ${groups.join(' and ')}`
    await remark(run, key, 'elasticsearch', await playStep(run, { key, title, playbook, hosts: batch }))
    started.push(...batch)
    const [first = ''] = started
    await waitForNodes(run, first, { nodes: started.length, green: false, giveUp })
  }
  const [first] = started
  if (first !== undefined) await waitForNodes(run, first, { nodes: started.length, green: true, giveUp })
}

const membersOf = (hosts: readonly InventoryHost[], groups: readonly string[]): readonly string[] =>
  hosts.filter(host => host.groups.some(group => groups.includes(group))).map(({ name }) => name)

async function changeCluster(run: Run, part: PlannedPart, params: DeployParams): Promise<void> {
  const { restart } = await playPart(run, part)
  const given = restartParams(params, 'elasticsearch', restart)
  if (given === null || params.restart === 'none') return
  // Looked at only now: the plan's own look was made before anything was changed.
  const details = await run.note('elasticsearch.restart.plan', async () => {
    const facts = await lookAtCluster(run, given)
    await run.judge(restartGates, facts, given)
    return planRestart(facts, given).details
  })
  await applyRestart(run, details, given)
}

async function deployKafka(run: Run, part: PlannedPart, params: DeployParams): Promise<void> {
  const { restart } = await playPart(run, part)
  const [first = ''] = part.hosts
  await waitForControllers(run, first, { voters: part.hosts.length, giveUp: params.giveUp })
  const given = restartParams(params, 'kafka', restart)
  if (given === null || params.restart === 'none') return
  const details = await run.note('kafka.restart.plan', async () => {
    const facts = await lookAtKafka(run, given)
    await run.judge(kafkaGates, facts, given)
    return planKafkaRestart(facts, given).details
  })
  await applyKafkaRestart(run, details, given)
}
