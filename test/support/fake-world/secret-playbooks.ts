// What the playbooks on secrets do to the fake consumers. They keep the promises of playbooks/{rotate-secrets,secret_status,
// auth_failures,logstash_stats}.yml; a second run changes nothing, and no result holds a secret.
import { createHash } from 'node:crypto'
import type { Clock } from '../../../src/ports/clock.ts'
import type { Json, JsonObject } from '../../../src/ports/json.ts'
import type { FakePlaybook } from '../fake-ansible/fake-ansible.ts'
import type { FakeCredentials, RefusedLogin } from '../fake-credentials/fake-credentials.ts'
import type { FakeConsumers, Rendered } from './fake-consumers.ts'

/** A playbook has its effect at once and takes a while to say so. */
const playMs = 700

export interface SecretPlaybooksOptions {
  readonly consumers: () => FakeConsumers
  readonly credentials: () => FakeCredentials
  /** Hosts of Elasticsearch whose log says who was refused. The first one has everything. */
  readonly nodes: readonly string[]
  /** What its nodes log by themselves; `log` says nothing of a disabled user, `none` is a node whose logs are not where they should be. */
  readonly source?: 'audit' | 'log' | 'none'
  /** The request log is switched on, so that `log` becomes `tracer`. */
  readonly isTraced?: () => boolean
}

export function playbooksOnSecrets(
  clock: Clock,
  { consumers, credentials, nodes, source: usual = 'audit', isTraced = () => false }: SecretPlaybooksOptions,
): Record<string, FakePlaybook> {
  // What was traced once stays in the logs, whether or not anything is traced now.
  let wasTraced = false
  const sourceNow = () => {
    wasTraced ||= isTraced()
    return usual === 'log' && wasTraced ? 'tracer' : usual
  }
  return {
    'rotate-secrets.yml': async ({ name }, { vars, check }, { part, say }) => {
      const id = String(vars.ops_secret)
      const salt = saltOf(vars)
      const login = {
        principal: String(vars.ops_secret_principal),
        secret: String(vars.ops_secret_value),
      }
      refuseStranger(consumers(), name, id)
      if (check === true) return { changed: false, result: {} }
      const changed = consumers().writeFile(name, id, login, Number(vars.ops_secret_version ?? 0))
      await clock.sleep(playMs)
      const restarted = changed || consumers().isStale(name, id)
      if (restarted) {
        await part('service_stop.yml', async () => {
          consumers().stop(name)
          await clock.sleep(playMs)
        })
        say('Say that the service has stopped')
        await part('service_start.yml', async () => {
          consumers().start(name)
          await clock.sleep(playMs)
        })
      }
      return {
        changed: changed || restarted,
        result: {
          ...{ changed, restarted, principal: login.principal, fingerprint: fingerprintOf(salt, login) },
          ...logInFrom(consumers(), name, id),
        },
      }
    },
    'secret_status.yml': async ({ name }, { vars }) => {
      await clock.sleep(playMs)
      // A list names what some of the hosts have, a single one what this host has to have.
      const listed = vars.ops_secrets as readonly string[] | undefined
      const ids = vars.ops_secret === undefined ? (listed ?? []) : [String(vars.ops_secret)]
      const known = ids.filter(id => vars.ops_secret !== undefined || consumers().has(name, id))
      const found = known.map(id => [id, statusOf(consumers(), name, id, saltOf(vars))] as const)
      return { changed: false, result: Object.fromEntries(found) }
    },
    'auth_failures.yml': async ({ name }, { vars }) => {
      await clock.sleep(playMs)
      consumers().settle()
      const refused = credentials().refusedSince(Number(vars.ops_since_ms ?? 0))
      const source = sourceNow()
      const names = source === 'audit' || (source === 'tracer' && isTraced())
      const failures = name === nodes[0] && names ? groupFailures(refused, vars) : []
      return { changed: false, result: { source, failures } }
    },
    'logstash_stats.yml': ({ name }) => {
      consumers().settle()
      const { running, eventsIn, eventsOut, retries } = consumers().consumer(name)
      const counts = { events_in: Math.round(eventsIn), events_out: Math.round(eventsOut), retries }
      return {
        changed: false,
        result:
          running === null
            ? { problem: 'connection refused', events_in: 0, events_out: 0, output_ms: 0, retries: 0 }
            : { problem: null, ...counts, output_ms: Math.round(eventsOut * 0.2) },
      }
    },
  }
}

function refuseStranger(consumers: FakeConsumers, name: string, id: string): void {
  if (!consumers.has(name, id)) throw new Error(`${name} has no entry ${id} in secret_consumers`)
}

const saltOf = ({ ops_salt: salt }: JsonObject): string | null => (typeof salt === 'string' ? salt : null)

/** Without a salt there is none, for it would tell who has the same secret. */
const fingerprintOf = (salt: string | null, { secret }: Rendered): string | null =>
  salt === null ? null : createHash('sha256').update(`${salt}:${secret}`).digest('hex').slice(0, 16)

function logInFrom(consumers: FakeConsumers, name: string, id: string): JsonObject {
  const principal = consumers.fileOf(name, id)?.principal ?? null
  return consumers.logIn(name, id)
    ? { logged_in_as: principal, login_problem: null }
    : { logged_in_as: null, login_problem: '401 Unauthorized' }
}

const isoOf = (ms: number): string => new Date(ms).toISOString()

function statusOf(consumers: FakeConsumers, name: string, id: string, salt: string | null): JsonObject {
  refuseStranger(consumers, name, id)
  const file = consumers.fileOf(name, id)
  const { running } = consumers.consumer(name)
  if (file === null) return { there: false, principal: null, fingerprint: null }
  const { logged_in_as, login_problem } = logInFrom(consumers, name, id)
  return {
    ...{ there: true, principal: file.principal, fingerprint: fingerprintOf(salt, file) },
    ...{ file_mode: '0600', file_owner: 'logstash', file_changed_at: isoOf(file.writtenAtMs) },
    plain_text_elsewhere: [],
    login: { as: logged_in_as, problem: login_problem } as JsonObject,
    running_since: running === null ? null : isoOf(running.sinceMs),
    stale: running !== null && consumers.isStale(name, id),
  }
}

/** As the module does: of the principals that are asked for, by principal and address. */
function groupFailures(refused: readonly RefusedLogin[], vars: JsonObject): Json {
  const principals = (vars.ops_principals ?? []) as readonly string[]
  const wanted = refused.filter(
    ({ kind, principal }) =>
      kind.startsWith('elasticsearch') && (principals.length === 0 || principals.includes(principal)),
  )
  const groups = Map.groupBy(wanted, ({ principal, address }) => `${principal} ${address}`)
  return [...groups.values()].map(logins => ({
    ...{ principal: logins[0]?.principal ?? null, address: logins[0]?.address ?? null },
    count: logins.length,
    first_ms: Math.min(...logins.map(({ atMs }) => atMs)),
    last_ms: Math.max(...logins.map(({ atMs }) => atMs)),
    detail: 'authentication_failed',
  }))
}
