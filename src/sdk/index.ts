// All that a runbook may import: types of the world, building blocks, the planner.
export { exitCodes, OpsError, toOpsError } from '../errors/index.ts'
export {
  type Cap,
  estimateMakespan,
  explainSharedRacks,
  type Member,
  type PlacementBroker,
  placePartitions,
  planWaves,
  type Share,
  type WavePlan,
  type World,
} from '../planning/index.ts'
export {
  type BrokerChange,
  type BrokerLoad,
  type BrokerRole,
  chooseChunk,
  decideBatch,
  decidePace,
  estimateSeconds,
  type Move,
  planReassignment,
  type ReassignGoal,
  type ReassignPlan,
  type ReassignWorld,
} from '../planning/reassign/index.ts'
export type * from '../ports/allocation.ts'
export type {
  AnsibleEvent,
  HostOutcome,
  Inventory,
  InventoryHost,
  PlayRequest,
  PlayResult,
} from '../ports/ansible.ts'
export type { Clock } from '../ports/clock.ts'
export {
  type Credential,
  type CredentialKind,
  type CredentialSystem,
  canBeDisabled,
  credentialKinds,
  type LoginAnswer,
  type Principal,
  type SecretPolicy,
} from '../ports/credentials.ts'
export type * from '../ports/elasticsearch.ts'
export type * from '../ports/evidence.ts'
export type * from '../ports/indices.ts'
export type * from '../ports/inventory-file.ts'
export type { Json, JsonObject } from '../ports/json.ts'
export type * from '../ports/kafka.ts'
export type * from '../ports/membership.ts'
export { SecretText } from '../ports/secret.ts'
export type * from '../ports/served-certificates.ts'
export type * from '../ports/snapshots.ts'
export type * from '../ports/vault.ts'
export { type Gate, type GateFinding, type GateVerdict, pass, refuse, refuseAny } from './gate.ts'
export { outcomeError, sayOutcome } from './outcome.ts'
export { countOf, countOrPercent, duration, durationMs, hostPattern } from './params.ts'
export type {
  Frontier,
  FrontierLook,
  Leftover,
  Look,
  Observation,
  Run,
  Step,
  TemporarySetting,
  Wait,
} from './run.ts'
export { defineRunbook, type PlanBody, type Runbook } from './runbook.ts'
export type { ConsumerDeclaration, ConsumerProof, SecretDeclaration } from './secrets.ts'
export { sayBytes, sayCount, sayFew, saySpan, sayTime } from './words.ts'
