// Brings the shipper up as a part of the lab, and waits until its group has a member for every thread and every partition an
// owner.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import type { Admin } from 'kafkajs'
import { OpsError } from '../../errors/index.ts'
import { endpointsOf } from '../elasticsearch/http.ts'
import { pointToLogs, throwIfEnded } from '../joining.ts'
import { kafkaClient } from '../kafka/access.ts'
import { clientAccess } from '../kafka/own-access.ts'
import { type LabNode, logstashApiPort, nodesFor } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import { stopNode } from '../service.ts'
import { startMissing } from '../start-missing.ts'
import { type Lab, writeAtomically } from '../state.ts'
import { hasWriters, readWriter } from '../vault/writers.ts'
import { waitFor } from '../wait.ts'
import { consumerGroup, type MemberConfig, type ShipperSettings, type SinkConfig } from './config.ts'
import { type ShipperFiles, shipperFiles } from './files.ts'
import { readSettings } from './settings.ts'

type Talk = (line: string) => void

const stallMs = 60_000

export async function bringUpShipper(lab: Lab, talk: Talk): Promise<void> {
  const members = nodesFor(lab.nodes, 'logstash')
  for (const member of members) {
    // One that runs has read what it was told before.
    if (await layOutMember(lab, member, consumerGroup)) await stopNode(lab, member, stallMs)
  }
  await startMissing(lab, members, talk)
  await waitForGroup(lab, members, talk)
}

/** Says whether the member is told something else than before. */
export async function layOutMember(lab: Lab, { name, address }: LabNode, group: string): Promise<boolean> {
  const { config, data, logs } = nodePaths(lab.state.nodesRoot, name)
  for (const directory of [config, data, logs]) mkdirSync(directory, { recursive: true, mode: 0o755 })
  const files = shipperFiles(lab.state.nodesRoot, name)
  const member: MemberConfig = {
    name,
    access: clientAccess(lab, 'loader'),
    topic: 'raw-logs',
    group,
    sink: await sinkOf(lab, files),
    address,
    port: logstashApiPort,
  }
  if (!existsSync(files.settings)) {
    const settings: Partial<ShipperSettings> = { auto_offset_reset: lab.state.offsetReset ?? 'latest' }
    writeAtomically(files.settings, `${JSON.stringify(settings, null, 2)}\n`)
  }
  const text = `${JSON.stringify(member, null, 2)}\n`
  const former = existsSync(files.member) ? readFileSync(files.member, 'utf8') : undefined
  if (former === text) return false
  writeAtomically(files.member, text)
  return former !== undefined
}

/** Where there is no Elasticsearch the ids of what arrived are kept in a file. */
async function sinkOf(lab: Lab, { shipped, credentials }: ShipperFiles): Promise<SinkConfig> {
  if (!lab.state.services.includes('elasticsearch')) return { kind: 'file', file: shipped }
  const { urls, caFile, username, passwordFile } = endpointsOf(lab, 'loader')
  const at = { kind: 'elasticsearch' as const, urls: [...urls], caFile }
  if (!hasWriters(lab)) return { ...at, login: { username, passwordFile } }
  if (!existsSync(credentials)) {
    const login = await readWriter(lab)
    if (!login) return { ...at, login: { username, passwordFile } }
    writeAtomically(credentials, `${JSON.stringify(login, null, 2)}\n`, 0o600)
  }
  return { ...at, login: { credentialsFile: credentials } }
}

async function waitForGroup(lab: Lab, members: readonly LabNode[], talk: Talk): Promise<void> {
  const wanted = members
    .map(({ name }) => readSettings(shipperFiles(lab.state.nodesRoot, name).settings).consumer_threads)
    .reduce((sum, threads) => sum + threads, 0)
  const admin = kafkaClient(clientAccess(lab, 'loader'), { clientId: 'ops-lab' }).admin()
  try {
    await admin.connect()
    await waitFor({
      stallMs,
      everyMs: 500,
      look: async () => {
        throwIfEnded(lab, members)
        const { joined, stable } = await readGroup(admin)
        return stable && joined === wanted
          ? { result: true }
          : { progress: `${joined}${stable ? '' : ', rebalancing'}` }
      },
      onStall: progress =>
        new OpsError('LAB_FAILED', {
          message: `${progress} of ${wanted} threads have joined the group ${consumerGroup}`,
          hint: pointToLogs(lab, members),
        }),
    })
    talk(`${wanted} threads in the group ${consumerGroup}`)
  } finally {
    await admin.disconnect()
  }
}

async function readGroup(admin: Admin): Promise<{ joined: number; stable: boolean }> {
  const { groups } = await admin.describeGroups([consumerGroup]).catch(() => ({ groups: [] }))
  const [group] = groups
  return { joined: group?.members.length ?? 0, stable: group?.state === 'Stable' }
}
