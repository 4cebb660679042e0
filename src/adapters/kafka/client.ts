// kafkajs, for one task at a time: a client lives as long as one call of the port, so nothing that it caches (metadata,
// coordinators, dead connections) can be stale, and its timers end with it.
import type { Admin, Kafka, Producer } from 'kafkajs'
import { OpsError } from '#errors'
import { readCa } from './ca.ts'
import { noBroker, refused, unknownOutcome } from './errors.ts'
import { chainOf, describeFailure, innermost } from './failures.ts'
import { clientId, connectTimeoutMs, defaultTimeoutMs, type Endpoint } from './options.ts'
import type { Pool } from './pool.ts'
import { loadClients } from './vendor.ts'
import { within } from './within.ts'

export interface Task<T> {
  /** The deed in the operator's words. */
  readonly what: string
  /** Sent again after a lost answer it does no harm. */
  readonly again: boolean
  readonly limitMs?: number
  readonly run: (admin: Admin) => Promise<T>
}

/** How long elections and moves of coordinators may take before a read gives up on them. */
const passesMs = 5000
const pauseMs = 200

const nameOf = ({ address, port }: Endpoint): string => `${address}:${port}`

/** @throws OpsError; OUTCOME_UNKNOWN where it may have been carried out and may not be sent twice */
export async function withAdmin<T>(pool: Pool, task: Task<T>): Promise<T> {
  const endMs = performance.now() + passesMs
  let at = await pool.alive()
  for (;;) {
    try {
      return await tryOn(pool, at, task)
    } catch (thrown) {
      const passes = thrown instanceof OpsError && thrown.next === 'wait'
      if (!task.again || !passes || performance.now() >= endMs) throw thrown
    }
    await new Promise(resolve => setTimeout(resolve, pauseMs))
    at = await pool.alive(nameOf(at))
  }
}

async function tryOn<T>(pool: Pool, at: Endpoint, { what, again, run, limitMs }: Task<T>): Promise<T> {
  const admin = (await openClient(pool, at)).admin()
  let sent = false
  try {
    await within(admin.connect(), 2 * connectTimeoutMs)
    sent = true
    return await within(run(admin), limitMs ?? 2 * (pool.options.requestTimeoutMs ?? defaultTimeoutMs))
  } catch (thrown) {
    throw explain(pool, at, thrown, what, sent && !again)
  } finally {
    await within(admin.disconnect(), connectTimeoutMs).catch(() => {})
  }
}

export async function withProducer<T>(
  pool: Pool,
  what: string,
  run: (producer: Producer) => Promise<T>,
): Promise<T> {
  const at = await pool.alive()
  const producer = (await openClient(pool, at)).producer({
    allowAutoTopicCreation: false,
    createPartitioner: (await loadClients()).Partitioners.DefaultPartitioner,
  })
  try {
    await within(producer.connect(), 2 * connectTimeoutMs)
    return await within(run(producer), pool.options.requestTimeoutMs ?? defaultTimeoutMs)
  } catch (thrown) {
    throw explain(pool, at, thrown, what, false)
  } finally {
    await within(producer.disconnect(), connectTimeoutMs).catch(() => {})
  }
}

/** Knows one broker, which belongs to the cluster and answers; it finds the others by itself. */
async function openClient({ options }: Pool, at: Endpoint): Promise<Kafka> {
  const { Kafka, logLevel } = await loadClients()
  return new Kafka({
    clientId,
    brokers: [nameOf(at)],
    logLevel: logLevel.NOTHING,
    connectionTimeout: connectTimeoutMs,
    authenticationTimeout: connectTimeoutMs,
    requestTimeout: options.requestTimeoutMs ?? defaultTimeoutMs,
    retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1000 },
    ...(options.tls === undefined ? {} : { ssl: readCa(options.tls.caFile) }),
    ...(options.sasl === undefined ? {} : { sasl: { mechanism: 'scram-sha-512', ...options.sasl } }),
  })
}

function explain(pool: Pool, at: Endpoint, thrown: unknown, what: string, maybeDone: boolean): OpsError {
  if (thrown instanceof OpsError) return thrown
  const answered = chainOf(thrown).find(({ type }) => typeof type === 'string')
  if (answered?.type !== undefined && !(maybeDone && answered.type === 'REQUEST_TIMED_OUT'))
    return refused(what, answered.type, answered.message ?? null)
  const reply = describeFailure(thrown)
  if (maybeDone) return unknownOutcome(what, at.host, innermost(thrown))
  return noBroker(what, [{ at, reply }], pool.options.credentialsFrom)
}
