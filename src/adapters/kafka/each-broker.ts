// What each broker says. All of them answer by what they have heard, a moment after the controllers: one answer alone may be an old one.
import type { z } from 'zod'
import type { Call } from './call.ts'
import { busy, unknownOutcome } from './errors.ts'
import type { Pool } from './pool.ts'
import { until } from './until.ts'

export interface Question<S extends z.ZodType, T> {
  /** In the operator's words: `the ACLs of logstash_a`. */
  readonly subject: string
  readonly call: Call<S>
  read(answer: z.output<S>): Promise<T>
}

/** With the meaning of its answer as text: equal meanings are equal text. */
export interface Comparable<S extends z.ZodType, T> extends Question<S, T> {
  say(meaning: T): string
}

type Brokers = Pick<Pool, 'brokers' | 'ask'>

async function askEach<S extends z.ZodType, T>(
  pool: Brokers,
  { call, read }: Question<S, T>,
): Promise<readonly T[]> {
  const { brokers } = await pool.brokers()
  const answers = await Promise.all(brokers.map(broker => pool.ask(broker, call)))
  return Promise.all(answers.flatMap(answer => (answer === null ? [] : [read(answer)])))
}

/** @throws OpsError CLUSTER_BUSY while brokers say different things */
export async function readAgreed<S extends z.ZodType, T>(
  pool: Brokers,
  question: Comparable<S, T>,
  limitMs?: number,
): Promise<T> {
  let first: T | undefined
  const isAgreed = await until(async () => {
    const heard = await askEach(pool, question)
    first = heard[0]
    return new Set(heard.map(question.say)).size === 1
  }, limitMs)
  if (isAgreed && first !== undefined) return first
  throw busy(question.subject, 'the brokers do not say the same')
}

/** @throws OpsError OUTCOME_UNKNOWN when a broker that answers has not heard of it in time */
export async function confirmEach<S extends z.ZodType, T>(
  pool: Brokers,
  question: Question<S, T>,
  isSo: (meaning: T) => boolean,
  limitMs?: number,
): Promise<void> {
  if (await isHeardByEach(pool, question, isSo, limitMs)) return
  throw unknownOutcome(question.subject, 'the controllers', 'a broker has not heard of it')
}

/** Whether every broker that answers has heard of it in time. */
export const isHeardByEach = <S extends z.ZodType, T>(
  pool: Brokers,
  question: Question<S, T>,
  isSo: (meaning: T) => boolean,
  limitMs?: number,
): Promise<boolean> =>
  until(async () => {
    const heard = await askEach(pool, question)
    return heard.length > 0 && heard.every(isSo)
  }, limitMs)
