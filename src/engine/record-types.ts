// Every type of journal record: when it is written and which fields it has. The reference page is generated from this
// table, and the recorder takes no other type.

export const recordTypes = {
  'run.started': 'A run began: runbook, its version, parameters, who, where',
  'run.planned': 'The plan that is being applied, with its hash',
  'run.resumed': 'A process took the run over: mode resume or abort, who, where',
  'run.undoing': 'An abort takes back what the run has done; from here on it cannot be resumed',
  'run.ended': 'The last record of a process: outcome, exit code, what is left',
  'lock.acquired': 'Locks were taken, with their fencing token',
  'lock.released': 'All locks of the run were given back',
  'gate.passed': 'A gate was true; evidence',
  'gate.refused': 'A gate was not true; evidence',
  'gate.waived': 'A gate was not true and was waived: reason',
  'approval.requested': 'The run waits for another person: for what, bound to which plan hash, until when',
  'approval.given': 'A person approved: who, which plan hash',
  'step.intent': 'A step is about to happen; what was there before',
  'step.done': 'A step happened; `how` is applied, or observed where a probe found it done',
  'step.unknown': 'It is not known whether a step happened; a probe decides',
  'step.failed': 'A step did not happen: code, message',
  'step.noted': 'Something was read once for the whole run',
  'member.begun': 'The frontier took a member: its procedure has begun',
  'member.deferred': 'A fresh look no longer allowed to take the member down; it is pending again',
  'member.done': 'The procedure of a member has ended well',
  'member.blocked': 'Why a pending member may not start now; written when the reason changes',
  'node.stopped': 'A node is down by our hand',
  'node.back': 'A node has joined again',
  'node.recovered': 'Every copy that the node held is in sync again',
  'setting.intent': 'Temporary settings are about to be changed: what was there before, by value',
  'setting.changed': 'Temporary settings have been changed',
  'setting.restored': 'Temporary settings were given back; those that were no longer ours are named',
  'run.pause-requested': 'Somebody asked the run to stop at its next safe point',
  remark: 'Something worth reading in the report',
} as const

export type RecordType = keyof typeof recordTypes
