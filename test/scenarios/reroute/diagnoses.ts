// Diagnoses made by hand: what a triage would say, without a triage.
import type { Cause, CauseId, CopyName, Diagnosis, Remedy, Risk } from '../../../runbooks/triage/diagnosis.ts'

// biome-ignore lint/suspicious/noExplicitAny: the conditional type gives each kind of remedy its own fields
type Without<T> = T extends any ? Omit<T, 'risk' | 'text' | 'command'> : never

export const remedy = (what: Without<Remedy>, risk: Risk = 'reversible'): Remedy =>
  ({ risk, text: sayKind(what), command: null, ...what }) as Remedy

const sayKind = (what: Without<Remedy>): string =>
  `${what.do}${'index' in what ? ` ${what.index}` : ''}${'name' in what ? ` ${what.name}` : ''}`

export const copy = (index: string, shard = 0, primary = true): CopyName => ({ index, shard, primary })

export const cause = (
  id: CauseId,
  remedies: readonly Remedy[],
  copies: readonly CopyName[] = [copy('crm')],
): Cause => ({
  ...{ id, remedies, copies, copyCount: copies.length },
  sentence: `${id} keeps copies unassigned`,
  evidence: [`seen: ${id}`],
  indices: [...new Set(copies.map(({ index }) => index))],
})

export const diagnosis = (causes: readonly Cause[], rest: Partial<Diagnosis> = {}): Diagnosis => ({
  ...{ cluster: 'ovh-prod-elk', status: 'red', seenAt: '2025-04-10T08:00:00.000Z' },
  copies: { total: 20, unassigned: causes.reduce((sum, { copyCount }) => sum + copyCount, 0) },
  ...{ causes, recoverable: [], blind: [], requests: 12 },
  ...rest,
})

export const stale = (index: string, shard = 0, node = 'es-node02'): Remedy =>
  remedy(
    { do: 'allocate-stale', index, shard, node, nodeId: `id-${node}`, allocationId: 'old-1' },
    'loses-data',
  )
