// Plays the suites, with one count at the end. Whatever of them is left when it ends, or is told to end, is ended too.
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { endLabs } from './end-labs.ts'
import { type Suite, stages } from './suites.ts'

const words = process.argv.slice(2)
const isLong = words.includes('--long')
const wanted = words.find(word => word !== '--long')
let passed = 0
let failed = 0
const skipped: string[] = []
/** What each suite that failed said of it: told once more at the end, for an hour of output hides it. */
const failures: string[] = []
/** Labs are named after it, so that those of this process can be told from others. */
const id = `${process.pid}`
const told = new AbortController()
// Not once: where nobody listens any more execa lets the signal end this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => told.abort(signal))

for (const { suites, lanes } of stages) {
  const waiting = suites.filter(({ name }) => wanted === undefined || name.includes(wanted))
  const isAlone = lanes === 1 || waiting.length === 1
  const play = async (): Promise<void> => {
    while (!told.signal.aborted) {
      const suite = waiting.shift()
      if (suite === undefined) return
      await playSuite(suite, isAlone)
    }
  }
  await Promise.all(Array.from({ length: lanes }, play))
}
const left = await endLabs(id)
// A suite that is let run to its end takes its lab down itself.
failed += told.signal.aborted ? 1 : left
if (told.signal.aborted)
  console.log(`told to end by ${told.signal.reason}: the suites have not run to their end`)
if (passed + failed === 0) failed += 1
for (const line of failures) console.log(line)
for (const line of skipped) console.log(line)
if (!isLong)
  console.log('repetitions of one kind were cut short on real servers; all of them: sh test/run.sh --long')
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** One that is played beside another is told in one piece when it has ended. */
async function playSuite(suite: Suite, isAlone: boolean): Promise<void> {
  const why = suite.unless?.() ?? null
  if (why !== null) {
    skipped.push(`skipped: ${suite.name}: ${why}`)
    return
  }
  const begun = performance.now()
  const lines: string[] = []
  const tell = (line: string): void => {
    lines.push(line)
    if (isAlone) console.log(line)
  }
  console.log(isAlone ? `\n== ${suite.name}` : `-- begins: ${suite.name}`)
  const counts = await runSuite(suite, tell)
  passed += counts.passed
  failed += counts.failed
  if (counts.failed > 0) failures.push(`\n== failed: ${suite.name}`, ...lastWords(lines))
  if (!isAlone) console.log([`\n== ${suite.name}`, ...lines].join('\n'))
  console.log(
    `== ${counts.passed} passed, ${counts.failed} failed in ${Math.round((performance.now() - begun) / 1000)} s`,
  )
}

/** Of a suite that failed: mocha's list of failures; where it has none, how it ended. */
function lastWords(lines: readonly string[]): readonly string[] {
  const from = lines.findIndex(line => /^\s+\d+ (failing|pending)/.test(line))
  return from === -1 ? lines.slice(-40) : lines.slice(from)
}

/** A pending test counts as failed: nothing here may be skipped and look green. */
async function runSuite(
  { args: [command = '', ...args] }: Suite,
  tell: (line: string) => void,
): Promise<{ passed: number; failed: number }> {
  const child = execa(command, args, {
    preferLocal: true,
    reject: false,
    all: true,
    stdin: 'ignore',
    cancelSignal: told.signal,
    forceKillAfterDelay: 5000,
    // Its Kafka client makes Node say so.
    env: {
      NODE_OPTIONS: '--disable-warning=TimeoutNegativeWarning',
      OPS_TEST_RUN: id,
      ...(isLong ? { OPS_TEST_LONG: '1' } : {}),
    },
  })
  const counts = { passing: 0, failing: 0, pending: 0 }
  createInterface({ input: child.all }).on('line', line => {
    tell(line)
    const [, count, what] = /^\s+(\d+) (passing|failing|pending)/.exec(line) ?? []
    if (what !== undefined) counts[what as keyof typeof counts] = Number(count)
  })
  const { exitCode } = await child
  if (command !== 'mocha') return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  const bad = counts.failing + counts.pending
  return { passed: counts.passing, failed: exitCode === 0 || bad > 0 ? bad : bad + 1 }
}
