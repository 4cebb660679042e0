// A route that refuses the lab's subnet, below the one of its bridge: while the bridge is down, no packet meant for a host of
// the lab leaves the machine by the default route.
import { execa } from 'execa'
import { runTool } from '../process/run.ts'
import { toolEnvironment } from './docker-client.ts'

const routeTo = (subnet: string): readonly string[] => ['unreachable', subnet, 'metric', '4000']

export const keepTrafficHere = (subnet: string): Promise<void> =>
  runTool(['ip', 'route', 'replace', ...routeTo(subnet)], { env: toolEnvironment() })

export async function removeRoute(subnet: string): Promise<void> {
  const options = { env: toolEnvironment(), extendEnv: false, reject: false, timeout: 20_000 } as const
  await execa('ip', ['route', 'delete', ...routeTo(subnet)], options)
}
