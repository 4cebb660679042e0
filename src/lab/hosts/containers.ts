// The hosts as Docker sees them. Reads only.
import { z } from 'zod'
import type { Docker } from './docker-client.ts'
import { labId } from './paths.ts'
import type { HostsLab } from './state.ts'

const inspected = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    State: z.object({
      Status: z.string(),
      Running: z.boolean(),
      Paused: z.boolean(),
      Pid: z.number(),
      StartedAt: z.string(),
    }),
    NetworkSettings: z.object({
      Networks: z.record(z.string(), z.object({ IPAddress: z.string() })),
    }),
  }),
)

export interface Container {
  readonly id: string
  readonly name: string
  readonly running: boolean
  readonly paused: boolean
  /** Of its PID 1, as the machine counts; null where it does not run. */
  readonly pid: number | null
  readonly startedAt: string
  /** Networks it is connected to. */
  readonly networks: readonly string[]
}

export const labelOf = ({ paths }: Pick<HostsLab, 'paths'>): string => `ops.lab=${labId(paths)}`

export async function listContainers(
  docker: Docker,
  lab: Pick<HostsLab, 'paths'>,
): Promise<ReadonlyMap<string, Container>> {
  const ids = (await docker.ask(['ps', '-aq', '--no-trunc', '--filter', `label=${labelOf(lab)}`])).split('\n')
  const wanted = ids.filter(id => id !== '')
  if (wanted.length === 0) return new Map()
  const answer = inspected.parse(JSON.parse(await docker.ask(['inspect', '--type', 'container', ...wanted])))
  return new Map(
    answer.map(({ Id, Name, State, NetworkSettings }) => {
      const name = Name.replace(/^\//, '')
      const networks = Object.keys(NetworkSettings.Networks)
      const { Running: running, Paused: paused, Pid, StartedAt: startedAt } = State
      return [name, { id: Id, name, running, paused, pid: Pid || null, startedAt, networks }]
    }),
  )
}
