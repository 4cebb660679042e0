// The Ansible driver: an inventory to read and playbooks to run, by Ansible's own programs. It never lets a secret
// reach an argument, a log or an event, and never says of a host more than it saw.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import type { AnsiblePort, Inventory, PlayRequest, PreparedPlay } from '../../ports/ansible.ts'
import { findTool } from './binaries.ts'
import { createEnvironment } from './environment.ts'
import { readInventory } from './inventory.ts'
import { matchHosts } from './match-hosts.ts'
import { type PlayContext, runPlay } from './play.ts'
import { preparePlay } from './prepare.ts'
import { type CancelTimings, endProcesses, usualTimings } from './processes.ts'
import { openWorkspace, type Workspace } from './workspace.ts'

export interface AnsibleOptions {
  /** Root of the checkout: ansible.cfg, playbooks/, roles/. */
  readonly checkout: string
  /** Path of the inventory. */
  readonly inventory: string
  /** State directory; Ansible gets it as OPS_STATE. */
  readonly stateDir: string
  /** Id of the run, or any name where no run is meant. What a dead process left of the same run is ended first. */
  readonly run: string
  /** Folder of this run for logs and redacted events; made with mode 0700. */
  readonly runDir: string
  /** Hides every registered secret in a text. */
  readonly redact: (text: string) => string
  /** Where Ansible's programs are; default `.venv/bin` of the checkout, then the PATH. */
  readonly binDir?: string
  /** Default `playbooks` of the checkout. */
  readonly playbooks?: string
  /** Default `cache/inventory` of the state directory. */
  readonly cacheDir?: string
  readonly timings?: Partial<CancelTimings>
  readonly heartbeatSeconds?: number
  /** How long a prepared play waits for the word before it ends by itself; default 600. */
  readonly waitSeconds?: number
}

export interface AnsibleDriver extends AnsiblePort {
  /** Closes connections that were kept open and removes every temporary file. */
  close(): Promise<void>
}

export function createAnsible(options: AnsibleOptions): AnsibleDriver {
  const { checkout, inventory: source, stateDir, run, redact } = options
  const binDir = options.binDir ?? join(checkout, '.venv', 'bin')
  const timings = { ...usualTimings, ...options.timings }
  const home = join(stateDir, 'cache', 'ansible')
  const env = (tool: string): Record<string, string> =>
    createEnvironment({ checkout, stateDir, home, tool: tool || join(binDir, 'ansible') })

  let opening: Promise<Workspace> | null = null
  const openOnce = (): Promise<Workspace> => {
    opening ??= endProcesses(`OPS_RUN=${run}`, null, timings).then(() => openWorkspace(options.runDir))
    return opening
  }
  let read: Inventory | null = null
  const matched = new Map<string, readonly string[]>()

  const inventory = async (): Promise<Inventory> => {
    const fresh = await readInventory({
      source,
      checkout,
      cacheDir: options.cacheDir ?? join(stateDir, 'cache', 'inventory'),
      findTool: () => findTool('ansible-inventory', binDir),
      env,
    })
    if (fresh.hash !== read?.hash) matched.clear()
    read = fresh
    return fresh
  }

  const prepared = new Set<PreparedPlay>()
  const begin = async (request: PlayRequest): Promise<[PlayContext, Workspace]> => {
    const tool = await findTool('ansible-playbook', binDir)
    refuseHosts(await inventory(), request)
    const context = {
      checkout,
      playbooks: options.playbooks ?? join(checkout, 'playbooks'),
      inventory: source,
      stateDir,
      run,
      tool,
      redact,
      timings,
      heartbeatSeconds: options.heartbeatSeconds ?? 15,
    }
    return [context, await openOnce()]
  }

  return {
    inventory,

    async takeOver() {
      await openOnce()
    },

    async matchHosts(pattern) {
      const current = await inventory()
      const known = matched.get(pattern)
      if (known !== undefined) return known
      const hosts = await matchHosts(current, pattern, {
        checkout,
        findTool: () => findTool('ansible', binDir),
        env,
      })
      matched.set(pattern, hosts)
      return hosts
    },

    async play(request) {
      return runPlay(...(await begin(request)), request)
    },

    async prepare(request) {
      const play = await preparePlay(...(await begin(request)), request, options.waitSeconds ?? 600)
      prepared.add(play)
      const forget = (): void => void prepared.delete(play)
      return {
        go: () => play.go().finally(forget),
        dismiss: () => play.dismiss().finally(forget),
      }
    },

    async close() {
      await Promise.all([...prepared].map(play => play.dismiss()))
      if (opening === null) return
      const workspace = await opening
      opening = null
      await closeConnections(workspace.controlPaths)
      await workspace.close()
    },
  }
}

/** Ansible takes unknown names for patterns without a match and goes on without them. */
function refuseHosts(inventory: Inventory, request: PlayRequest): void {
  const known = new Set([...inventory.hosts, ...(request.extraHosts ?? [])].map(host => host.name))
  const unknown = request.hosts.filter(name => !known.has(name))
  if (request.hosts.length > 0 && unknown.length === 0) return
  throw new OpsError('NO_HOSTS_MATCHED', {
    message:
      unknown.length > 0
        ? `${inventory.source} has no host ${unknown.join(', ')}`
        : `no host was given for ${request.playbook}`,
    hint: `ansible-inventory -i ${inventory.source} --graph shows hosts and groups`,
  })
}

/** Ends the ssh masters that outlive a play so that the next one need not connect again. */
async function closeConnections(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    await execa('ssh', ['-O', 'exit', '-o', `ControlPath=${join(folder, name)}`, 'ops'], {
      reject: false,
      timeout: 5000,
    })
  }
}
