// Whether a host uses the secret that it should, and keeps it from everybody else. Pure.
import { isOpenPlace } from '../rotate-secrets/consumers.ts'
import type { AuditedSecret } from './facts.ts'
import { type Finding, findingsOn } from './finding.ts'
import type { ConsumerFacts, ConsumerStatus, Holds } from './look-at-consumers.ts'

export function judgeConsumer({ secret, pending }: AuditedSecret, consumer: ConsumerFacts): Finding[] {
  const { host, problem, status, holds } = consumer
  const about = findingsOn(`${secret.id} on ${host}`)
  if (status === null)
    return [
      about.warning(`cannot be looked at: ${problem}`, 'mend that, and look again: ops plan audit-secrets'),
    ]
  const render = `ansible-playbook playbooks/rotate-secrets.yml -e ops_secret=${secret.id} -e ops_secret_path=${secret.path} --limit ${host}`
  if (!status.there) return [about.critical('it has no such file', `write it: ${render}`)]
  return [
    ...judgeHeld(about, holds, status, pending !== null, render),
    ...(status.stale === true && pending === null
      ? [
          about.warning(
            `its process is older than its file (since ${status.running_since ?? 'unknown'}) and may still use the secret before`,
            'restart its service',
          ),
        ]
      : []),
    ...judgeMode(about, status),
    ...(status.plain_text_elsewhere ?? [])
      .filter(isOpenPlace)
      .map(where =>
        about.critical(
          `the secret stands in plain text in ${where}`,
          `take it out there, and: ops run rotate-secrets --secret ${secret.id}`,
        ),
      ),
    ...(status.search_incomplete === true
      ? [
          about.warning(
            'not all of its files could be searched for the secret',
            'see secret_consumer_search and its limits in roles/secret_consumer',
          ),
        ]
      : []),
  ]
}

type About = ReturnType<typeof findingsOn>

function judgeHeld(
  about: About,
  holds: Holds | null,
  { principal }: ConsumerStatus,
  isUnderWay: boolean,
  render: string,
): Finding[] {
  const who = principal ?? 'nobody'
  switch (holds) {
    case 'unknown':
      return [
        about.critical(
          `its file has a secret (of ${who}) that Vault has not had lately`,
          `give it the current one: ${render}`,
        ),
      ]
    case 'previous':
      return isUnderWay
        ? []
        : [about.critical(`its file has the secret before (of ${who})`, `give it the current one: ${render}`)]
    default:
      return []
  }
}

/** Of an octal mode: who besides the owner may do what. */
const [groupWrites, othersAny] = [0o020, 0o007]

function judgeMode(about: About, { file_mode, file_owner }: ConsumerStatus): Finding[] {
  const mode = Number.parseInt(file_mode ?? '', 8)
  if (Number.isNaN(mode)) return []
  const owner = file_owner ?? 'its owner'
  const hint = 'set its mode to 0600 in secret_consumers, and play playbooks/rotate-secrets.yml'
  if ((mode & othersAny) !== 0)
    return [about.critical(`others than ${owner} may use its file: mode ${file_mode}`, hint)]
  if ((mode & groupWrites) !== 0)
    return [about.warning(`the group may write its file: mode ${file_mode}`, hint)]
  return []
}

/** With something else than it should have, or a process that may have. */
export const isStale = ({ status, holds }: ConsumerFacts): boolean =>
  status !== null && (status.stale === true || holds === 'previous' || holds === 'unknown')
