// The packet rules and the bridge that a dockerd leaves on the machine when it ends. They are only removed where the machine
// had none before the lab's own dockerd.
import { execa } from 'execa'
import { runTool } from '../process/run.ts'
import { toolEnvironment } from './docker-client.ts'

export interface RulesBefore {
  readonly bridge: boolean
  readonly rules: boolean
  /** ACCEPT or DROP, of the chain FORWARD. */
  readonly forwardPolicy: string
}

const tables = ['filter', 'nat'] as const

export async function readRules(): Promise<RulesBefore> {
  const rules = await Promise.all(tables.map(listRules))
  const forwardPolicy = /^-P FORWARD (\S+)/m.exec(rules[0]?.join('\n') ?? '')?.[1] ?? 'ACCEPT'
  const { exitCode } = await ip(['link', 'show', 'docker0'])
  return { bridge: exitCode === 0, rules: rules.flat().some(rule => rule.includes('DOCKER')), forwardPolicy }
}

export async function removeRules(before: RulesBefore, subnets: readonly string[]): Promise<void> {
  if (!before.rules) {
    for (const table of tables) {
      for (const args of planRemoval(await listRules(table), subnets)) await iptables(table, args)
    }
    await iptables('filter', ['-P', 'FORWARD', before.forwardPolicy])
  }
  if (!before.bridge) await ip(['link', 'delete', 'docker0'])
}

/** Every rule that Docker made, then its chains, as arguments of iptables. Pure. */
export function planRemoval(
  rules: readonly string[],
  subnets: readonly string[],
): readonly (readonly string[])[] {
  const chains = rules.flatMap(rule => /^-N (DOCKER\S*)$/.exec(rule)?.[1] ?? [])
  const isDockers = (rule: string): boolean =>
    / (docker0|br-[0-9a-f]{12})( |$)/.test(rule) ||
    /^-A DOCKER| -j DOCKER/.test(rule) ||
    (rule.startsWith('-A POSTROUTING') && subnets.some(subnet => rule.includes(` ${subnet} `)))
  const own = rules.filter(rule => rule.startsWith('-A ') && isDockers(rule))
  return [
    ...own.map(rule => ['-D', ...rule.slice('-A '.length).split(' ')]),
    ...chains.map(chain => ['-X', chain]),
  ]
}

async function listRules(table: string): Promise<readonly string[]> {
  const { stdout, exitCode } = await execa('iptables', ['-w', '-t', table, '-S'], {
    env: toolEnvironment(),
    extendEnv: false,
    reject: false,
    timeout: 20_000,
  })
  return exitCode === 0 ? stdout.split('\n') : []
}

const iptables = (table: string, args: readonly string[]) =>
  runTool(['iptables', '-w', '-t', table, ...args], { env: toolEnvironment() })

const ip = (args: readonly string[]) =>
  execa('ip', args, { env: toolEnvironment(), extendEnv: false, reject: false, timeout: 20_000 })
