// Who the nodes run as: whoever runs `ops`, but never root, which Elasticsearch refuses to run as.
import { chownSync, lchownSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The uid and gid that a lab brought up by root drops to. It needs no entry in /etc/passwd. */
export const unprivilegedId = 9200

export const isRoot = (): boolean => process.getuid?.() === 0

/** The command as the nodes' user runs it. */
export function asNodeUser(command: readonly string[]): readonly string[] {
  if (!isRoot()) return command
  return [
    'setpriv',
    `--reuid=${unprivilegedId}`,
    `--regid=${unprivilegedId}`,
    '--clear-groups',
    '--',
    ...command,
  ]
}

/** Gives a directory and all in it to the nodes' user. */
export function giveToNodeUser(path: string): void {
  if (!isRoot()) return
  chownSync(path, unprivilegedId, unprivilegedId)
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    lchownSync(join(entry.parentPath, entry.name), unprivilegedId, unprivilegedId)
  }
}

/** Whether the nodes' user can reach what lies in a directory: every directory above it must let others through. */
export function canNodeUserEnter(directory: string): boolean {
  if (!isRoot()) return true
  for (let at = directory; ; at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false })
    if (found && (found.mode & 0o001) === 0) return false
    if (at === dirname(at)) return true
  }
}

/** The least that a child needs to know: no variable of ours, and so no secret, reaches a node. */
export function bareEnvironment(): Record<string, string> {
  const { PATH = '/usr/bin:/bin', LANG = 'C.UTF-8', JAVA_HOME } = process.env
  return { PATH, LANG, ...(JAVA_HOME ? { JAVA_HOME } : {}) }
}
