// What Ansible made of one host, in a sentence and as an error. Pure.
import { OpsError } from '../errors/index.ts'
import type { HostOutcome, PlayResult } from '../ports/ansible.ts'

/** `failed in TASK: message`, `unreachable: message`; an outcome that was never seen is unknown. */
export function sayOutcome(outcome: HostOutcome | undefined): string {
  switch (outcome?.state) {
    case 'ok':
      return outcome.changed ? 'changed' : 'ok'
    case 'failed':
      return `failed in ${outcome.task}: ${outcome.message}`
    case 'unreachable':
      return `unreachable: ${outcome.message}`
    default:
      return 'Ansible ended without saying what happened to it'
  }
}

/** The error for a host that a play was for and that is not ok. */
export function outcomeError(host: string, { playbook, log, outcomes }: PlayResult): OpsError {
  const hint = `Ansible's own output: ${log}`
  const outcome = outcomes.get(host)
  switch (outcome?.state) {
    case 'failed':
      return new OpsError('ANSIBLE_FAILED', {
        message: `${playbook} failed on ${host}: ${outcome.message}`,
        hint,
      })
    case 'unreachable':
      return new OpsError('ANSIBLE_UNREACHABLE', {
        message: `Ansible cannot reach ${host}: ${outcome.message}`,
        hint,
      })
    default:
      return new OpsError('ANSIBLE_UNKNOWN', {
        message: `${playbook} ended without saying what happened on ${host}`,
        hint,
      })
  }
}
