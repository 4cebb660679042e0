// From a checkout to a restarted cluster: brings the ten nodes up, writes to them, restarts every one of them meanwhile,
// and asks the ledger whether a document was lost. May be run again and again, also after it was interrupted.

import { $ } from 'zx'
import { exitCodes } from '../src/errors/index.ts'

$.cwd = new URL('..', import.meta.url).pathname
$.stdio = 'inherit'
$.nothrow = true

const load = ['lab', 'load', '--name', 'demo']
const say = (line: string): void => console.error(`\n== ${line}`)
// Ctrl-C goes to the command that is running; what it says decides how this ends.
process.on('SIGINT', () => {})

async function demo(): Promise<number> {
  say('The lab: ten real Elasticsearch nodes on loopback (two minutes, some more when cold)')
  const up = await $`./ops lab up`
  if (up.exitCode !== 0) return up.exitCode ?? 1

  say('A write load: 50 documents a second through the coordinating nodes, every answer in a ledger')
  await $({ quiet: true, stdio: 'ignore' })`./ops ${load} --stop`
  const writing = await $`./ops --quiet ${load} --rate 50 --detach`
  if (writing.exitCode !== 0) return writing.exitCode ?? 1

  say('The restart. Ctrl-C ends it at a safe point; kill -9 it if you like: ./ops resume last carries it on')
  let run = await $`./ops run rolling-restart --yes`
  if (run.exitCode === exitCodes.locked) {
    say('An earlier run was left half way: carrying it on')
    run = await $`./ops resume last`
  }

  say('The verdict: every acknowledged document, read back from every copy')
  await $`./ops --quiet ${load} --stop`
  const verified = await $`./ops ${load} --verify`
  say('Next: ./ops report last --html report.html · ./ops runs · ./ops lab down')
  return run.exitCode || verified.exitCode || 0
}

process.exitCode = await demo()
