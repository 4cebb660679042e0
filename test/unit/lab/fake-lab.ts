// A lab whose servers are shell scripts: everything around the servers is real.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LabNode } from '../../../src/lab/layout.ts'
import { labPaths, nodePaths } from '../../../src/lab/paths.ts'
import type { Lab } from '../../../src/lab/state.ts'
import { labPrefix } from '../../end-labs.ts'

/** A directory that the nodes' user may enter, removed at the end. */
export function makeDirectory(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), labPrefix(process.env.OPS_TEST_RUN ?? 'own')))
  chmodSync(path, 0o755)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

export const fakeNodes: readonly LabNode[] = [1, 2].map(number => ({
  name: `es-fake0${number}`,
  service: 'elasticsearch',
  groups: ['es_master'],
  roles: ['master'],
  address: `127.253.253.${number}`,
  heapMiB: 64,
}))

/** A lab of two nodes that run this script. */
export function makeLab(directory: string, script: string, bootDelaySeconds = 0): Lab {
  const home = join(directory, 'home')
  const nodesRoot = join(directory, 'nodes')
  mkdirSync(join(home, 'bin'), { recursive: true })
  writeFileSync(join(home, 'bin', 'elasticsearch'), `#!/bin/bash\n${script}\n`, { mode: 0o755 })
  for (const { name } of fakeNodes) mkdirSync(nodePaths(nodesRoot, name).logs, { recursive: true })
  const state = {
    layout: 'small',
    net: '127.253.253',
    home,
    nodesRoot,
    official: false,
    bootDelaySeconds,
  } as const
  return {
    state: {
      services: ['elasticsearch'],
      ...state,
      createdAt: '2025-01-01T00:00:00.000Z',
      formed: true,
      filled: true,
    },
    paths: labPaths(join(directory, 'state')),
    nodes: fakeNodes,
  }
}
