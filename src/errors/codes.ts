// Every error code that `ops` can end with, what it means and how it exits. The reference page is generated from
// this table; nothing else may invent a code.

/** What the engine does with an error: try again, wait for the world, ask a person, or stop. */
export type Next = 'retry' | 'wait' | 'ask' | 'stop'

export interface CodeEntry {
  readonly meaning: string
  readonly next: Next
  readonly exitCode: number
}

/** Exit statuses that scripts rely on. */
export const exitCodes = {
  done: 0,
  failed: 1,
  refused: 2,
  waiting: 3,
  needsHuman: 4,
  locked: 5,
  usage: 64,
  interrupted: 130,
} as const

const { failed, refused, waiting, needsHuman, locked, usage, interrupted } = exitCodes

const entry = (meaning: string, next: Next, exitCode: number): CodeEntry => ({ meaning, next, exitCode })

export const codes = {
  USAGE: entry('The command line or a parameter is wrong', 'stop', usage),
  UNKNOWN_RUNBOOK: entry('No runbook has this id', 'stop', usage),
  UNKNOWN_RUN: entry('No run in the state directory has this id', 'stop', usage),
  CONFIG_INVALID: entry('ops.config.ts or a value it gives is not valid', 'stop', usage),
  INVENTORY_MISSING: entry('The inventory path does not exist', 'stop', usage),
  INVENTORY_INVALID: entry('Ansible cannot read the inventory, or it lacks what ops needs', 'stop', usage),
  NO_HOSTS_MATCHED: entry('A host pattern matches no host of the inventory', 'stop', usage),
  SECRET_MISSING: entry('A secret that the inventory names cannot be read', 'stop', usage),
  STATE_UNUSABLE: entry('The state directory cannot be created, written or locked', 'stop', usage),
  STATE_FULL: entry('The disk that holds the state directory is full', 'stop', needsHuman),
  JOURNAL_BROKEN: entry(
    'A journal record in the middle of a run is not what was written',
    'stop',
    needsHuman,
  ),
  RUNBOOK_CHANGED: entry('The runbook differs from the one that began this run', 'ask', refused),
  RUN_ENDED: entry('The run has already ended', 'stop', usage),
  RUN_ALIVE: entry('The run is still being carried out by a live process', 'stop', locked),
  LOCK_HELD: entry('Another run holds a lock on this resource', 'wait', locked),
  LOCK_LOST: entry('A newer run took a lock that this run believed it held', 'stop', needsHuman),
  GATE_REFUSED: entry('A gate refused; nothing was touched', 'stop', refused),
  PLAN_CHANGED: entry('The world is no longer the one that the plan was made for', 'ask', refused),
  DECLINED: entry('A person said no', 'stop', refused),
  NEEDS_APPROVAL: entry('The run waits for an approval', 'ask', waiting),
  AWAITS_WORK: entry('Everything is down, and the run waits for the work of people', 'ask', waiting),
  PAUSED: entry('The run was paused at a safe point', 'ask', waiting),
  INTERRUPTED: entry('The run was interrupted at a safe point', 'stop', interrupted),
  STALLED: entry('A wait made no progress within its stall limit', 'stop', needsHuman),
  STOP_CONDITION: entry('A global stop condition was met', 'stop', needsHuman),
  STEP_FAILED: entry('A step failed', 'stop', failed),
  NODE_NOT_BACK: entry('A node did not come back after its restart', 'ask', needsHuman),
  NODE_CHANGED: entry('A node came back as another node, version or role', 'stop', needsHuman),
  CLUSTER_UNREACHABLE: entry('No endpoint of the cluster answers', 'wait', failed),
  CLUSTER_TLS: entry('The certificate of the cluster is not signed by the configured CA', 'stop', failed),
  CLUSTER_AUTH: entry('The cluster refuses the user or password', 'stop', failed),
  CLUSTER_FORBIDDEN: entry('The user lacks a privilege', 'stop', failed),
  CLUSTER_OTHER: entry('The endpoint belongs to another cluster than the inventory says', 'stop', refused),
  CLUSTER_REJECTED: entry('The cluster rejected a request', 'stop', failed),
  CLUSTER_BUSY: entry('The cluster is too busy or has no master at the moment', 'wait', failed),
  OUTCOME_UNKNOWN: entry('A request may or may not have been carried out', 'wait', needsHuman),
  REPOSITORY_MISSING: entry('The snapshot repository is not registered', 'stop', failed),
  REPOSITORY_BROKEN: entry('The snapshot repository cannot be read or written', 'stop', failed),
  SNAPSHOT_MISSING: entry('The repository holds no snapshot of this name', 'stop', failed),
  SNAPSHOT_EXISTS: entry('The name of the snapshot is taken', 'stop', failed),
  SNAPSHOT_FAILED: entry('A snapshot ended without every shard', 'stop', failed),
  INDEX_EXISTS: entry('The name of the index is taken', 'stop', failed),
  RESTORE_FAILED: entry('A shard was not restored', 'stop', failed),
  CONTENT_DIFFERS: entry('What was restored is not what the manifest says', 'stop', failed),
  UNSUPPORTED: entry('The server does not have this API', 'stop', failed),
  VAULT_UNREACHABLE: entry('Vault does not answer', 'wait', failed),
  VAULT_SEALED: entry('Vault is sealed, or not initialised', 'stop', failed),
  VAULT_STANDBY: entry('This Vault is not the active one', 'wait', failed),
  VAULT_AUTH: entry('Vault refuses the login, or the token has ended', 'stop', failed),
  VAULT_FORBIDDEN: entry('A policy of Vault does not allow it', 'stop', failed),
  VAULT_CONFLICT: entry('Somebody else has written the secret meanwhile', 'stop', failed),
  VAULT_REJECTED: entry('Vault rejected a request', 'stop', failed),
  SECRET_REJECTED: entry('A system does not take a secret that was made for it', 'stop', failed),
  CONSUMER_FAILED: entry('A consumer did not take a new secret, or does not work with it', 'stop', failed),
  CONSUMER_FORGOTTEN: entry(
    'Somebody still uses the old secret; it works again and nothing was revoked',
    'ask',
    waiting,
  ),
  AUDIT_FOUND: entry('An audit has found something that needs a person now', 'stop', failed),
  EVIDENCE_FILE: entry('The file for the evidence is there already, or cannot be written', 'stop', usage),
  CLUSTER_SICK: entry(
    'A triage has found a cluster that is worse than it was told to accept',
    'stop',
    failed,
  ),
  NODE_REFUSED: entry('A node is not what the cluster may take in, or must not be let go', 'stop', failed),
  DRAIN_STALLED: entry('The copies of a node find no other place', 'ask', failed),
  REROUTE_REFUSED: entry('The cluster does not put a copy where it was told to', 'stop', failed),
  ANSIBLE_MISSING: entry('ansible-playbook or ansible-inventory cannot be found', 'stop', usage),
  ANSIBLE_FAILED: entry('A playbook failed on a host', 'stop', failed),
  ANSIBLE_UNREACHABLE: entry('Ansible cannot reach a host', 'stop', failed),
  ANSIBLE_UNKNOWN: entry('A playbook ended without saying what happened on every host', 'wait', needsHuman),
  TOOL_MISSING: entry('A tool that this command needs is not installed', 'stop', usage),
  LAB_NOT_UP: entry('The lab is not running', 'stop', failed),
  LAB_FAILED: entry('The lab could not be brought up', 'stop', failed),
  DATA_LOST: entry('The ledger found an acknowledged write that is not there', 'stop', failed),
  TARGET_MISSED: entry('A drill took longer, or lost more, than its target allows', 'stop', failed),
  BUG: entry('Something that ops believed impossible happened', 'stop', needsHuman),
} as const satisfies Record<string, CodeEntry>

export type Code = keyof typeof codes
