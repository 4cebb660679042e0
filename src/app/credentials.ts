// Users, keys and tokens of all systems behind one port: the first word of a kind says whose it is. Whatever secret is made or comes
// back is registered for redaction before anybody else has it.
import { randomInt } from 'node:crypto'
import type { Redactor } from '../engine/redactor.ts'
import { OpsError } from '../errors/index.ts'
import type { CredentialSystem, CredentialsPort, SecretPolicy } from '../ports/credentials.ts'
import { SecretText } from '../ports/secret.ts'

/** What one system does; secrets are made here for all of them. */
export type SystemCredentials = Omit<CredentialsPort, 'generate'>

/** By first word of the kind. One that the inventory lacks is a port that says so. */
export interface CredentialSystems {
  readonly elasticsearch: SystemCredentials
  readonly kafka: SystemCredentials
  readonly vault: SystemCredentials
}

export function joinCredentials(systems: CredentialSystems, redactor: Redactor): CredentialsPort {
  const ownerOf = ({ kind }: CredentialSystem): SystemCredentials =>
    systems[kind.split('-')[0] as keyof CredentialSystems]
  return {
    generate: async policy => {
      const text = generateText(policy)
      redactor.register(text)
      return new SecretText(text)
    },
    find: async (system, name) => ownerOf(system).find(system, name),
    list: async (system, names) => ownerOf(system).list(system, names),
    make: async (system, wanted) => {
      const made = await ownerOf(system).make(system, wanted)
      redactor.registerPair(made.principal, made.secret.reveal())
      return made
    },
    logIn: async (system, credential) => {
      redactor.registerPair(credential.principal, credential.secret.reveal())
      return ownerOf(system).logIn(system, credential)
    },
    prove: async (system, credential, like) => ownerOf(system).prove(system, credential, like),
    setEnabled: async (system, name, enabled) => ownerOf(system).setEnabled(system, name, enabled),
    revoke: async (system, name) => ownerOf(system).revoke(system, name),
  }
}

const classes = [/[a-z]/, /[A-Z]/, /[0-9]/] as const

/**
 * Every text that keeps these rules is as likely as any other: at least one character of each class that the alphabet has; the first is a
 * letter where the alphabet has one, else a digit where it has one. So no shell takes it for an option, a variable or a comment, and no
 * YAML for a number, a tag, an alias or a list.
 * @throws OpsError CONFIG_INVALID
 */
export function generateText({ length, alphabet }: SecretPolicy): string {
  const all = [...new Set(alphabet)]
  const wanted = classes.filter(one => one.test(alphabet))
  if (all.length < 2 || length < Math.max(1, wanted.length))
    throw new OpsError('CONFIG_INVALID', {
      message: `no secret can be made of ${length} characters out of ${all.length}`,
      hint: 'change the policy of this secret in ops.config.ts',
    })
  const [first = all] = [/[A-Za-z]/, /[0-9]/]
    .map(one => all.filter(character => one.test(character)))
    .filter(({ length: count }) => count > 0)
  for (;;) {
    const text = Array.from({ length }, (_, at) => pick(at === 0 ? first : all)).join('')
    // Made anew as a whole: to mend a single character would make some texts likelier than others.
    if (wanted.every(one => one.test(text))) return text
  }
}

/** `randomInt` has no bias towards the first ones. */
const pick = (characters: readonly string[]): string => characters[randomInt(characters.length)] as string
