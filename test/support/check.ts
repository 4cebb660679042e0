// `npm run check`: format and lint, types, import rules, unused code, the reference pages. All run at once.
import { execa } from 'execa'

const checks: Readonly<Record<string, readonly string[]>> = {
  'format and lint': ['biome', 'check', '--error-on-warnings', '.'],
  types: ['tsc', '-p', '.'],
  'import rules': [
    'depcruise',
    '--config',
    '.dependency-cruiser.json',
    'src',
    'runbooks',
    '--output-type',
    'err',
  ],
  'unused code': ['knip', '--no-progress'],
  'reference pages': ['node', '--disable-warning=ExperimentalWarning', 'docs/generate.ts', '--check'],
}

const results = await Promise.all(
  Object.entries(checks).map(async ([name, [command = '', ...args]]) => {
    const begun = performance.now()
    const { failed, all } = await execa(command, args, { all: true, reject: false, preferLocal: true })
    return { name, failed, all, seconds: ((performance.now() - begun) / 1000).toFixed(1) }
  }),
)
for (const { name, failed, all, seconds } of results) {
  console.log(`${failed ? 'FAILED' : 'ok    '} ${name} (${seconds} s)`)
  if (failed) console.log(all)
}
process.exitCode = results.some(({ failed }) => failed) ? 1 : 0
