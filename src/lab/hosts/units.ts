// What systemd on a host says of one unit, in one question.
import { z } from 'zod'
import { tryOnHost } from './on-host.ts'
import { serviceOf } from './services.ts'
import { type HostsLab, requireHost } from './state.ts'

const answer = z.object({
  LoadState: z.string(),
  ActiveState: z.string(),
  MainPID: z.coerce.number(),
})

export interface UnitAnswer {
  /** `loaded`, `not-found` ... */
  readonly load: string
  /** `active`, `activating`, `deactivating`, `inactive`, `failed`. */
  readonly active: string
  /** 0 where it does not run. */
  readonly pid: number
  /** Something listens on the service's port. */
  readonly listening: boolean
}

// ss is asked too: systemd takes a service that has only begun for active.
const script = `systemctl show -p LoadState,ActiveState,MainPID "$1" && ss -Hltn "sport = :$2"`

/** All hosts are asked at once, and share the processors of one machine. */
const answerMs = 20_000

/** Nothing where the host does not answer. */
export async function askUnit(lab: HostsLab, name: string, unit: string): Promise<UnitAnswer | undefined> {
  const { port } = serviceOf(requireHost(lab, name))
  const { exitCode, stdout } = await tryOnHost(lab, name, script, [unit, String(port)], answerMs)
  return exitCode === 0 ? parseUnit(stdout) : undefined
}

/** Pure. */
export function parseUnit(text: string): UnitAnswer | undefined {
  const lines = text.split('\n').map(line => line.trim())
  const fields = lines.filter(line => /^\w+=/.test(line)).map(line => line.split(/=(.*)/s).slice(0, 2))
  const parsed = answer.safeParse(Object.fromEntries(fields))
  if (!parsed.success) return undefined
  const { LoadState: load, ActiveState: active, MainPID: pid } = parsed.data
  return { load, active, pid, listening: lines.some(line => line.startsWith('LISTEN')) }
}
