// How long a plan for 50 secrets with 3 consumers each takes, on fakes: what `ops` itself needs, without the time of servers and hosts.
// Exits 1 where the bar is missed.
import { params } from '../runbooks/rotate-secrets/params.ts'
import rotateSecrets from '../runbooks/rotate-secrets/runbook.ts'
import { makePlan, refused } from '../src/engine/plan.ts'
import type { JsonObject } from '../src/ports/json.ts'
import type { SecretDeclaration } from '../src/sdk/index.ts'
import { rotationWorld, writer } from '../test/scenarios/rotate-secrets/world.ts'

const bar = { seconds: 1 }
const [count, each] = [50, 3]
const rounds = 5

const secretOf = (at: number): string => `secret-of-the-bench-${at}`
const hostsOf = (at: number): string[] => Array.from({ length: each }, (_, one) => `shipper${at}-${one}`)
const numbers = Array.from({ length: count }, (_, at) => at)

const declared = numbers.map(
  (at): SecretDeclaration => ({
    ...writer,
    ...{ id: `writer-${at}`, path: `secret/bench/writer-${at}`, principals: [`w${at}_a`, `w${at}_b`] },
    consumers: [{ hosts: hostsOf(at).join(), verify: 'events' }],
  }),
)

function begin() {
  return rotationWorld({
    secrets: declared,
    hosts: numbers.flatMap(at =>
      hostsOf(at).map((name, one) => ({
        ...{ name, address: `10.${at}.0.${one}` },
        secrets: { [`writer-${at}`]: { principal: `w${at}_a`, secret: secretOf(at) } },
      })),
    ),
    vault: {
      documents: Object.fromEntries(
        numbers.map(at => [`secret/bench/writer-${at}`, { username: `w${at}_a`, password: secretOf(at) }]),
      ),
    },
    credentials: {
      principals: numbers.map(at => ({ kind: writer.kind, name: `w${at}_a`, secret: secretOf(at) })),
    },
    checks: false,
  })
}

const took: number[] = []
for (let round = 0; round < rounds; round++) {
  const { world } = begin()
  const { engine } = world.begin()
  const given = params.parse({ secret: declared.map(({ id }) => id).join() }) as JsonObject
  const began = performance.now()
  const plan = await makePlan(engine, rotateSecrets, given, new Map())
  took.push((performance.now() - began) / 1000)
  const [trouble] = refused(plan)
  if (trouble !== undefined) throw new Error(`${trouble.gate}: ${trouble.evidence}`)
  if (plan.body.effects.length < count * each) throw new Error('the plan lacks consumers')
}
const seconds = Math.round((took.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0) * 1000) / 1000
console.table({ secrets: count, consumers: count * each, seconds })
if (seconds >= bar.seconds) console.log(`missed: it takes ${bar.seconds} s or more`)
process.exitCode = seconds < bar.seconds ? 0 : 1
