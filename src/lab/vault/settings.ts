// The text of the lab's vault.hcl, in the words of role vault's template. Pure; it holds no secret.
import { join } from 'node:path'
import { type LabNode, vaultPort, vaultUrl } from '../layout.ts'
import { nodePaths } from '../paths.ts'

export function renderVaultSettings(node: LabNode, nodesRoot: string): string {
  const { config, data } = nodePaths(nodesRoot, node.name)
  const certificate = (suffix: string) => JSON.stringify(join(config, `${node.name}.${suffix}`))
  return `ui            = false
api_addr      = "${vaultUrl(node)}"
disable_mlock = true
log_level     = "info"

storage "file" {
  path = ${JSON.stringify(data)}
}

listener "tcp" {
  address         = "${node.address}:${vaultPort}"
  tls_cert_file   = ${certificate('crt')}
  tls_key_file    = ${certificate('key')}
  tls_min_version = "tls12"
}
`
}
