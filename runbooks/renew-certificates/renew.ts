// One certificate: made anew on its host, then seen on its port. A play that was cut short is played again: it makes nothing that is there.
import { z } from 'zod'
import { durationMs, OpsError, outcomeError, type Run } from '#sdk'
import type { RenewParams } from './params.ts'
import type { Target } from './plan.ts'

const handedBack = z.object({ serial: z.string(), not_after: z.string() })

export type Renewed = { readonly serial: string; readonly notAfter: string }

const playStallMs = 180_000
const pollMs = 1000

export function renewOn(run: Run, target: Target, { days }: RenewParams): Promise<Renewed> {
  const { host, service, serial, hasEnded } = target
  return run.step({
    key: `${host}.${service}.renew`,
    title: `renew the certificate of ${service} on ${host}`,
    before: serial,
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      const played = await run.ansible.play({
        playbook: 'tls_renew.yml',
        hosts: [host],
        vars: {
          ...{ ops_service: service, ops_renew_days: days, ops_tls_replace: hasEnded ? ['expired'] : [] },
          ...{ ops_run: run.id, ops_fencing: run.fencing },
        },
        stallMs: playStallMs,
        signal: run.signal,
      })
      const parsed = handedBack.safeParse(played.results.get(host))
      if (played.outcomes.get(host)?.state !== 'ok' || !parsed.success) throw outcomeError(host, played)
      return { serial: parsed.data.serial, notAfter: parsed.data.not_after }
    },
    retries: 1,
  })
}

/** Clients are shown the new one, and accept it. */
export async function waitUntilServed(
  run: Run,
  target: Target,
  wanted: Renewed,
  { giveUp }: RenewParams,
): Promise<void> {
  const { host, service, address, port, caFile } = target
  await run.wait({
    subject: host,
    title: `serves serial ${wanted.serial}`,
    everyMs: pollMs,
    stallMs: durationMs(giveUp),
    ceilingMs: durationMs(giveUp),
    interruptible: true,
    poll: async () => {
      const { certificate, problem } = await run.servedCertificates.look({ address, port, caFile })
      const served = certificate?.serial ?? null
      if (served === null || !isSameSerial(served, wanted.serial))
        return { progress: served, text: served === null ? `${problem}` : `serves serial ${served}` }
      if (problem !== null)
        throw new OpsError('CLUSTER_TLS', {
          message: `${host}:${port} serves its new certificate, serial ${served}, and it is not accepted: ${problem}`,
          hint: `compare its authority with ${caFile ?? 'that of its clients'}`,
        })
      return { done: undefined }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${service} on ${host} does not serve the new certificate, serial ${wanted.serial}: ${lastSeen}`,
        hint: `read the log of ${service} on ${host}, then: ops resume ${run.id}`,
      }),
  })
}

/** Some write a zero in front of it. */
export const isSameSerial = (one: string, other: string): boolean =>
  one.replace(/^0+/, '').toUpperCase() === other.replace(/^0+/, '').toUpperCase()
