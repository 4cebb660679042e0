// `npm run bench`: the quick benchmarks; `npm run bench -- restart` takes ten minutes on real nodes, and
// `npm run bench -- restart --boot-delay 20` twenty. `npm run bench -- kafka-restart` takes two a pair, on real brokers,
// `npm run bench -- manifest-compare` three, on real nodes, and `npm run bench -- offsite-copy` two.
import { execa } from 'execa'

const quick = ['planner', 'reassign', 'journal', 'startup', 'ansible', 'rotate-secrets', 'triage']
const [wanted, ...args] = process.argv.slice(2)
let missed = false
for (const name of wanted === undefined ? quick : [wanted]) {
  console.log(`\n== ${name}`)
  const { failed } = await execa(
    'node',
    ['--disable-warning=ExperimentalWarning', `bench/${name}.ts`, ...args],
    {
      preferLocal: true,
      reject: false,
      stdio: 'inherit',
    },
  )
  missed ||= failed
}
process.exitCode = missed ? 1 : 0
