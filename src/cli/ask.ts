// Questions to a person at a terminal. Nothing else in the project may ask.
import { OpsError } from '../errors/index.ts'

/** @throws OpsError USAGE where there is nobody to ask */
export function requireTerminal(): void {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new OpsError('USAGE', {
      message: 'there is no terminal to ask for a confirmation',
      hint: 'add --yes to apply the plan without being asked',
    })
  }
}

export async function confirm(message: string): Promise<boolean> {
  requireTerminal()
  const { default: inquirer } = await import('inquirer')
  try {
    const answers = await inquirer.prompt([{ type: 'confirm', name: 'yes', message, default: false }])
    return answers.yes === true
  } catch (thrown) {
    // Ctrl-C at the question is a no.
    if ((thrown as Error).name === 'ExitPromptError') return false
    throw thrown
  }
}
