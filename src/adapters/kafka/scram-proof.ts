// What a new user may do, as that user says it and not as we believe: the operations that the brokers grant it, and a record written and
// read. Records go to the topic of canaries alone: whatever it may write to has readers who would take a canary for data.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { Credential } from '../../ports/credentials.ts'
import type { Call } from './call.ts'
import { canaryTopic, removeCanary, runCanary } from './canary.ts'
import { readPartitions, readTopic } from './partitions.ts'
import { openPool, type Pool } from './pool.ts'
import {
  type Acl,
  operationNames,
  operations,
  patterns,
  permissions,
  readAcls,
  resources,
  sayAcl,
} from './scram-acls.ts'
import { compareGrants, readGrants } from './scram-grants.ts'
import { asUser } from './scram-login.ts'

export async function proveUser(
  pool: Pool,
  credential: Credential,
  like: string,
): Promise<readonly string[]> {
  const { clusterId } = await pool.brokers()
  const acls = await readAcls(pool, credential.principal)
  const [wanted, there] = [await readGrants(pool, like), await readGrants(pool, credential.principal)]
  const own = openPool({ ...asUser(pool.options, credential), clusterId })
  try {
    const topics = await readGranted(pool, own)
    return [
      ...compareGrants(credential.principal, wanted, there),
      ...judgeGranted(await readAcls(pool, like), topics, like),
      ...(await tryCanary(pool, own, acls)),
    ]
  } catch (thrown) {
    if (thrown instanceof OpsError && thrown.code === 'CLUSTER_AUTH')
      return [`${credential.principal} is not let in`]
    throw thrown
  } finally {
    await own.close()
  }
}

const answer = z.object({
  topics: z.array(z.object({ name: z.string().nullable(), topicAuthorizedOperations: z.number() })),
})

/** Every topic that there is, with what this user may do there: a bit for each operation, none where it may not even see it. */
async function readGranted(pool: Pool, own: Pool): Promise<ReadonlyMap<string, number>> {
  const call: Call<typeof answer> = {
    name: 'Metadata',
    api: wires => wires.metadataV12.api,
    args: [null, false, true],
    schema: answer,
  }
  const { topics } = await own.read(call)
  const granted = new Map(topics.map(one => [one.name, one.topicAuthorizedOperations]))
  const there = new Set((await readPartitions(pool)).map(({ topic }) => topic))
  return new Map([...there].map(topic => [topic, granted.get(topic) ?? 0]))
}

const isGranted = (bits: number, operation: number): boolean => (bits & (1 << operation)) !== 0

/** `null`: there is no authorizer, and nothing to judge. */
export function judgeGranted(
  acls: readonly Acl[] | null,
  topics: ReadonlyMap<string, number>,
  like: string,
): readonly string[] {
  if (acls === null) return []
  // What comes from super.users cannot be read and was not copied.
  if (acls.length === 0 && [...topics.values()].every(bits => bits === 0))
    return [`${like} has no ACL of its own, so nothing was copied, and the new user may see no topic`]
  const plain = acls.filter(
    ({ resourceType, host, permissionType }) =>
      resourceType === resources.topic && host === '*' && permissionType === permissions.allow,
  )
  return plain.flatMap(acl =>
    [...topics.keys()]
      .filter(topic => covers(acl, topic))
      .flatMap(topic => {
        const asked = acl.operation === operations.all ? [operations.read, operations.write] : [acl.operation]
        return asked
          .filter(operation => !isDenied(acls, topic, operation))
          .filter(operation => !isGranted(topics.get(topic) ?? 0, operation))
          .map(operation => `it may not ${operationNames[operation] ?? operation} ${topic}: ${sayAcl(acl)}`)
      }),
  )
}

const covers = ({ resourceType, resourceName, resourcePatternType }: Acl, topic: string): boolean =>
  resourceType === resources.topic &&
  (resourceName === '*' ||
    (resourcePatternType === patterns.literal ? resourceName === topic : topic.startsWith(resourceName)))

const names = (acl: Acl, operation: number): boolean =>
  acl.operation === operation || acl.operation === operations.all

const isDenied = (acls: readonly Acl[], topic: string, operation: number): boolean =>
  acls.some(acl => acl.permissionType === permissions.deny && covers(acl, topic) && names(acl, operation))

/** Whether it may write to the canaries' topic and read from there; without an authorizer everybody may. */
export function mayCanary(acls: readonly Acl[] | null): boolean {
  if (acls === null) return true
  return [operations.read, operations.write].every(
    operation =>
      !isDenied(acls, canaryTopic, operation) &&
      acls.some(
        acl =>
          acl.permissionType === permissions.allow &&
          acl.host === '*' &&
          covers(acl, canaryTopic) &&
          names(acl, operation),
      ),
  )
}

async function tryCanary(pool: Pool, own: Pool, acls: readonly Acl[] | null): Promise<readonly string[]> {
  if (!mayCanary(acls)) return []
  const was = (await readTopic(pool, canaryTopic)).length > 0
  const [first] = (await pool.brokers()).brokers
  if (first === undefined) return []
  try {
    // We make the topic, so that the new user needs no right to make one.
    await runCanary(pool, 'secret', [first.id])
    await runCanary(own, 'secret', [first.id])
    return []
  } catch (thrown) {
    if (thrown instanceof OpsError && thrown.code === 'CLUSTER_FORBIDDEN') return [thrown.message]
    throw thrown
  } finally {
    if (!was) await removeCanary(pool)
  }
}
