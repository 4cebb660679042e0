// A program that the lab runs as a node. It stays in the foreground and ends on SIGTERM.
export interface Program {
  readonly command: readonly string[]
  /** Added to the bare environment; it holds no secret. */
  readonly env: Readonly<Record<string, string>>
  /** Run by root it drops to the nodes' user; what is no server stays with whoever runs `ops`. */
  readonly asNodeUser: boolean
}

/** Of a Node that runs kafkajs, which sets timers of less than nothing; they mean at once. */
export const quietNode: readonly string[] = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
]
