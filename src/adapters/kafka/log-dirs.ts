// Disks of brokers and what lies on them. A directory that a broker has given up is part of the answer.
import { z } from 'zod'
import type { LogDir } from '../../ports/kafka.ts'
import { type Call, long, problem } from './call.ts'
import { pick } from './configs.ts'
import { nameCode, refusedWith } from './errors.ts'
import type { Pool } from './pool.ts'
import { loadWires } from './vendor.ts'

const answer = z.object({
  errorCode: z.number(),
  results: z.array(
    z.object({
      errorCode: z.number(),
      logDir: z.string(),
      topics: z.array(
        z.object({
          name: z.string(),
          partitions: z.array(
            z.object({
              partitionIndex: z.number(),
              partitionSize: long,
              offsetLag: long,
              isFutureKey: z.boolean(),
            }),
          ),
        }),
      ),
      totalBytes: long,
      usableBytes: long,
    }),
  ),
})

const call: Call<typeof answer> = {
  name: 'DescribeLogDirs',
  api: wires => wires.describeLogDirsV4.api,
  args: [null],
  schema: answer,
  slow: true,
}

export async function readLogDirs(pool: Pool, ids: readonly number[]): Promise<readonly LogDir[]> {
  const found = await Promise.all(
    (await pick(pool, ids)).map(async ({ id, ...broker }) => {
      const answered = await pool.ask({ id, ...broker }, call)
      return answered === null ? [] : toLogDirs(id, answered)
    }),
  )
  return found.flat()
}

async function toLogDirs(
  broker: number,
  { errorCode, results }: z.output<typeof answer>,
): Promise<readonly LogDir[]> {
  const trouble = problem(errorCode)
  if (trouble) throw await refusedWith(`the log directories of broker ${broker}`, trouble)
  const wires = await loadWires()
  return results.map(dir => ({
    broker,
    path: dir.logDir,
    problem: dir.errorCode === 0 ? null : nameCode(wires, dir.errorCode),
    totalBytes: known(dir.totalBytes),
    usableBytes: known(dir.usableBytes),
    // What is being moved between two disks of a broker is listed twice; the copy that counts is the present one.
    replicas: dir.topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ isFutureKey }) => !isFutureKey)
        .map(one => ({
          topic: name,
          partition: one.partitionIndex,
          bytes: one.partitionSize,
          lag: Math.max(0, one.offsetLag),
        })),
    ),
  }))
}

const known = (bytes: number): number | null => (bytes < 0 ? null : bytes)
