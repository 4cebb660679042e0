// What a command may say and where: stdout carries the result, stderr the talk. Commands get this and never touch
// process.stdout themselves.

export interface CliIo {
  /** The state directory: --state, OPS_STATE, else $XDG_STATE_HOME/ops. Absolute; made on first use. */
  readonly stateDir: string
  /** The inventory path: -i, OPS_INVENTORY, else inventory/embedded of this checkout. Absolute. */
  readonly inventory: string
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** Both stdout and stderr are terminals and colours are wanted. */
  readonly live: boolean
  /** Prints the result of the command on stdout; an object is printed as one line of JSON. */
  result(value: string | object): void
  /** Prints talk on stderr, unless --quiet. */
  talk(line: string): void
}
