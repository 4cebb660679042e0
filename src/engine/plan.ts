// Plans: look, judge, plan, hash. Reads only.
import type { Json, JsonObject } from '../ports/json.ts'
import type { GateVerdict } from '../sdk/gate.ts'
import type { Leftover, Look } from '../sdk/run.ts'
import type { PlanBody } from '../sdk/runbook.ts'
import type { AnyRunbook, Engine } from './engine.ts'
import { judgeGates, type Waivers } from './gates.ts'
import { hashOf } from './hash.ts'
import { viewRun } from './view.ts'

export interface MadePlan {
  readonly runbook: AnyRunbook
  readonly params: JsonObject
  readonly waivers: Waivers
  readonly version: string
  readonly locks: readonly string[]
  readonly gates: readonly GateVerdict[]
  readonly body: PlanBody<Json>
  /** Over inventory, fingerprint of the world, parameters, waivers and runbook code. */
  readonly hash: string
  readonly madeAtMs: number
}

/** The object that `ops plan --json` prints. */
export function planJson(plan: MadePlan): JsonObject {
  const { headline, waves, lowerBound, expectedSeconds, effects, notes } = plan.body
  return {
    runbook: plan.runbook.id,
    params: plan.params,
    ...(headline === undefined ? {} : { headline }),
    hash: plan.hash,
    gates: plan.gates,
    ...(waves === undefined ? {} : { waves }),
    ...(lowerBound === undefined ? {} : { lowerBound }),
    expectedSeconds,
    effects,
    notes,
  }
}

export async function makePlan(
  engine: Engine,
  runbook: AnyRunbook,
  params: JsonObject,
  waivers: Waivers,
  forRun: string | null = null,
): Promise<MadePlan> {
  const inventory = await engine.ansible.inventory()
  const facts = await runbook.look(lookOf(engine, forRun), params)
  const gates = judgeGates(runbook.gates, facts, params, waivers)
  const body = runbook.plan(facts, params)
  const version = await engine.versionOf(runbook)
  const hash = hashOf({
    runbook: runbook.id,
    version,
    inventory: inventory.hash,
    params,
    waivers: [...waivers.keys()].sort(),
    fingerprint: body.fingerprint,
  })
  return {
    runbook,
    params,
    waivers,
    version,
    locks: runbook.locks(facts, params),
    gates,
    body,
    hash,
    madeAtMs: engine.clock.monotonicMs(),
  }
}

export const refused = (plan: MadePlan): readonly GateVerdict[] =>
  plan.gates.filter(({ verdict }) => verdict === 'refuse')

export function lookOf(engine: Engine, forRun: string | null): Look {
  return {
    clock: engine.clock,
    elasticsearch: engine.elasticsearch,
    snapshots: engine.snapshots,
    indices: engine.indices,
    kafka: engine.kafka,
    vault: engine.vault,
    credentials: engine.credentials,
    servedCertificates: engine.servedCertificates,
    allocation: engine.allocation,
    membership: engine.membership,
    inventoryFile: engine.inventoryFile,
    secrets: engine.secrets,
    ansible: engine.ansible,
    evidence: engine.evidence,
    leftovers: async () => (await leftovers(engine)).filter(({ run }) => run !== forRun),
    history: suffix => meanSeconds(engine, suffix),
  }
}

/** Temporary settings in the journal that no record says were given back. */
export async function leftovers(engine: Pick<Engine, 'journal'>): Promise<readonly Leftover[]> {
  const found: Leftover[] = []
  for (const { run, outcome } of await engine.journal.runs()) {
    if (outcome === 'succeeded' || outcome === 'refused') continue
    for (const { kind, name, before } of viewRun(await engine.journal.read(run)).settings.values()) {
      found.push({ run, kind, name, targets: [...before.keys()] })
    }
  }
  return found
}

const historyRuns = 5

async function meanSeconds(engine: Engine, suffix: string): Promise<number | null> {
  const finished = (await engine.journal.runs()).filter(({ outcome }) => outcome === 'succeeded')
  const seconds: number[] = []
  for (const { run } of finished.slice(0, historyRuns)) {
    for (const record of await engine.journal.read(run)) {
      if (record.type === 'node.recovered' && String(record.once).endsWith(suffix))
        seconds.push(Number(record.seconds))
    }
  }
  return seconds.length === 0 ? null : seconds.reduce((sum, one) => sum + one, 0) / seconds.length
}
