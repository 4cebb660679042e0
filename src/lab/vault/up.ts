// Brings Vault up as a part of the lab: started sealed like any Vault, initialised once, unsealed every time.
import { existsSync, mkdirSync } from 'node:fs'
import { makeAuthority, signCertificate } from '../certificates.ts'
import { type LabNode, nodesFor } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import { giveToNodeUser } from '../process/user.ts'
import { startMissing } from '../start-missing.ts'
import { type Lab, requireVault, saveState, writeAtomically } from '../state.ts'
import { waitForPort } from '../wait-for-port.ts'
import { fillVault, handOutOps } from './content.ts'
import { auditFile, vaultConfigFile, vaultSecretFiles } from './files.ts'
import { askAsRoot } from './http.ts'
import { initialise, unseal } from './seal.ts'
import { renderVaultSettings } from './settings.ts'

type Talk = (line: string) => void

export async function bringUpVault(lab: Lab, talk: Talk): Promise<void> {
  const nodes = nodesFor(lab.nodes, 'vault')
  await makeAuthority(lab.paths)
  for (const node of nodes) await layOut(lab, node)
  await startMissing(lab, nodes, talk)
  for (const node of nodes) await open(lab, node, talk)
}

async function open(lab: Lab, node: LabNode, talk: Talk): Promise<void> {
  await waitForPort(lab, node)
  if (await initialise(lab, node)) talk(`${node.name} is initialised`)
  if (await unseal(lab, node)) talk(`${node.name} is unsealed`)
  const vault = requireVault(lab)
  if (vault.filled) return
  const ask = askAsRoot(lab)
  await fillVault(ask, auditFile(lab.state.nodesRoot, node.name))
  await handOutOps(ask, vaultSecretFiles(lab.paths))
  vault.filled = true
  saveState(lab.paths, lab.state)
}

async function layOut(lab: Lab, node: LabNode): Promise<void> {
  const { nodesRoot } = lab.state
  const { root, config, data, logs, tmp } = nodePaths(nodesRoot, node.name)
  const file = vaultConfigFile(nodesRoot, node.name)
  if (existsSync(file)) return
  mkdirSync(nodesRoot, { recursive: true, mode: 0o755 })
  for (const directory of [config, data, logs, tmp]) mkdirSync(directory, { recursive: true, mode: 0o750 })
  await signCertificate(lab.paths, { name: node.name, address: node.address, directory: config })
  writeAtomically(file, renderVaultSettings(node, nodesRoot))
  giveToNodeUser(root)
}
