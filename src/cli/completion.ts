// Completion scripts, made from the program itself: verbs, their options, runbooks.
import type { Command } from 'commander'
import { runbooks } from '../../runbooks/index.ts'
import { OpsError } from '../errors/index.ts'
import { describeParams } from './params.ts'

/** @throws OpsError USAGE for a shell it does not know */
export async function completionScript(program: Command, shell: string): Promise<string> {
  const words = await wordsByVerb(program)
  switch (shell) {
    case 'bash':
      return bash(words)
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(words)}`
    case 'fish':
      return fish(words)
    default:
      throw new OpsError('USAGE', {
        message: `no completion for the shell ${shell}`,
        hint: 'bash, zsh or fish',
      })
  }
}

type Words = ReadonlyMap<string, readonly string[]>

async function wordsByVerb(program: Command): Promise<Words> {
  const ids = Object.keys(runbooks)
  const params = new Set<string>()
  for (const load of Object.values(runbooks))
    for (const { flag } of describeParams((await load()).params)) params.add(flag)
  const words = new Map([['', program.commands.map(command => command.name())]])
  for (const command of program.commands) {
    const own = [
      ...command.commands.map(sub => sub.name()),
      ...command.options.map(option => option.long ?? ''),
    ]
    const more = ['plan', 'run'].includes(command.name()) ? [...ids, ...params] : []
    words.set(command.name(), [...new Set([...own, ...more])])
  }
  return words
}

function bash(words: Words): string {
  const cases = [...words]
    .filter(([verb]) => verb !== '')
    .map(([verb, list]) => `    ${verb}) words="${list.join(' ')}" ;;`)
  return `_ops() {
  local words
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="" ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${words.get('')?.join(' ')}"
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _ops ops`
}

function fish(words: Words): string {
  const verbs = words.get('')?.join(' ')
  const lines = [...words]
    .filter(([verb]) => verb !== '')
    .map(([verb, list]) => `complete -c ops -n '__fish_seen_subcommand_from ${verb}' -a '${list.join(' ')}'`)
  return [`complete -c ops -n '__fish_use_subcommand' -a '${verbs}'`, ...lines].join('\n')
}
