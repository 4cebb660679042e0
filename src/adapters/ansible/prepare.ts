// A play that has everything behind it but its first task: Ansible has started, read the inventory and the playbook, and
// waits for the word (plugin/action/ops_word.py). Without the word it must change nothing, also when ops is killed.
import { rename, rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PlayRequest, PlayResult, PreparedPlay } from '../../ports/ansible.ts'
import { type PlayContext, pathOf, runPlay } from './play.ts'
import type { Workspace } from './workspace.ts'

/** Shorter than it waits by this, so that the word never comes at the moment at which it gives up. */
const marginMs = 5000
/** A play that is dismissed ends by itself within a moment. */
const dismissMs = 5000

export async function preparePlay(
  context: PlayContext,
  workspace: Workspace,
  request: PlayRequest,
  waitSeconds: number,
): Promise<PreparedPlay> {
  const folder = await workspace.openWord()
  const wrapper = join(folder, 'prepared.yml')
  await writeFile(wrapper, wrapPlaybook(pathOf(context, request)), { mode: 0o600 })
  const cancelled = new AbortController()
  const signals = [cancelled.signal, ...(request.signal === undefined ? [] : [request.signal])]
  const usableUntil = performance.now() + waitSeconds * 1000 - marginMs
  let ended = false
  let said = false

  /** A file is there whole or not at all. */
  const say = async (word: 'go' | 'dismissed'): Promise<void> => {
    said = true
    await writeFile(join(folder, `${word}.new`), '', { mode: 0o600 })
    await rename(join(folder, `${word}.new`), join(folder, word))
  }
  const env = {
    OPS_WORD: folder,
    OPS_WORD_OWNER: String(process.pid),
    OPS_WORD_SECONDS: String(waitSeconds),
  }
  const playing = runPlay(
    context,
    workspace,
    { ...request, signal: AbortSignal.any(signals) },
    { playbook: wrapper, env },
  ).finally(() => {
    ended = true
  })
  playing.catch(() => {})
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })

  const dismiss = async (): Promise<void> => {
    if (!ended && !said) await say('dismissed')
    const over = playing.then(
      () => {},
      () => {},
    )
    await Promise.race([over, sleep(dismissMs, undefined, { ref: false })])
    cancelled.abort()
    await over
    await remove()
  }

  const go = async (): Promise<PlayResult> => {
    if (said || ended || performance.now() > usableUntil) {
      await dismiss()
      return runPlay(context, workspace, request)
    }
    await say('go')
    const result = await playing.then(
      value => ({ value }),
      (thrown: unknown) => ({ thrown }),
    )
    // No process of it is alive any more, so a word that is still there was never taken.
    const neverTaken = await unlink(join(folder, 'go')).then(
      () => true,
      () => false,
    )
    await remove()
    if (neverTaken && request.signal?.aborted !== true) return runPlay(context, workspace, request)
    if ('thrown' in result) throw result.thrown
    return result.value
  }

  let going: Promise<PlayResult> | null = null
  return {
    go: () => (going ??= go()),
    dismiss: async () => {
      if (going === null) await dismiss()
    },
  }
}

/** Any playbook, with the wait in front of it; a host that does not get past that has no part in what follows. */
function wrapPlaybook(playbook: string): string {
  return JSON.stringify([
    {
      name: 'Wait for the word',
      hosts: 'all',
      gather_facts: false,
      any_errors_fatal: true,
      max_fail_percentage: 0,
      tasks: [{ name: 'Wait for the word of ops', run_once: true, ops_word: {} }],
    },
    { 'ansible.builtin.import_playbook': playbook },
  ])
}
