// Runs a tool of the machine to its end, with the least environment. A tool that fails is an error with its last words.
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import { tellingLine } from '../logs.ts'
import { asNodeUser, bareEnvironment } from './user.ts'

interface ToolOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Given on stdin, where nobody can see it, unlike an argument. */
  readonly input?: string
  readonly timeoutMs?: number
}

export async function runTool(command: readonly string[], options: ToolOptions = {}): Promise<void> {
  const { env = {}, input = '', timeoutMs = 120_000 } = options
  const [file = '', ...args] = command
  const given = { env: { ...bareEnvironment(), ...env }, extendEnv: false, cwd: '/' } as const
  const { failed, stderr, shortMessage } = await execa(file, args, {
    ...given,
    input,
    timeout: timeoutMs,
    reject: false,
  })
  if (!failed) return
  const said = stderr?.trim() ? tellingLine(stderr) : shortMessage
  throw new OpsError('LAB_FAILED', {
    message: `${file.split('/').at(-1)} failed: ${said}`,
    hint: 'ops lab down, then try again',
  })
}

/** The same as the user that the nodes run as. */
export const runAsNodeUser = (command: readonly string[], options?: ToolOptions): Promise<void> =>
  runTool(asNodeUser(command), options)
