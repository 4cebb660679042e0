// Finds the secrets that this run is about and the hosts that use them. Reads only.
import { type ConsumerProof, type Inventory, type Look, type SecretDeclaration, toOpsError } from '#sdk'
import { isDue, readRotatedAt } from './choose.ts'
import { type RotateParams, secretsIn } from './params.ts'

export interface Usage {
  readonly declaration: SecretDeclaration
  /** In inventory order; each once. */
  readonly hosts: readonly { readonly host: string; readonly verify: ConsumerProof }[]
  readonly unmatched: readonly string[]
}

export interface Chosen {
  readonly secrets: readonly Usage[]
  readonly unknown: readonly string[]
  readonly leftOut: readonly { readonly id: string; readonly why: string }[]
}

export async function chooseSecrets(
  look: Look,
  inventory: Inventory,
  params: RotateParams,
  canAsk: boolean,
): Promise<Chosen> {
  const named = secretsIn(params)
  const wanted = look.secrets.filter(({ id }) => named?.includes(id) ?? true)
  const usages: Usage[] = []
  for (const declaration of wanted) usages.push(await findHosts(look, inventory, declaration))
  const here = usages.filter(isHere)
  const { due, missing } =
    named !== null || !canAsk ? { due: here, missing: [] } : await sortByAge(look, here)
  return {
    secrets: due,
    unknown: (named ?? []).filter(id => !look.secrets.some(one => one.id === id)),
    leftOut: [
      ...usages
        .filter(one => !isHere(one))
        .map(({ declaration: { id } }) => ({ id, why: 'none of its consumers is in this inventory' })),
      ...missing.map(({ declaration: { id, path } }) => ({ id, why: `there is nothing at ${path}` })),
    ],
  }
}

/** A secret that somebody else's hosts use is none of this inventory's. */
const isHere = ({ declaration, hosts }: Usage): boolean =>
  hosts.length > 0 || declaration.consumers.length === 0

async function findHosts(look: Look, { hosts }: Inventory, declaration: SecretDeclaration): Promise<Usage> {
  const verifies = new Map<string, ConsumerProof>()
  const unmatched: string[] = []
  for (const { hosts: pattern, verify } of declaration.consumers) {
    try {
      for (const host of await look.ansible.matchHosts(pattern))
        if (!verifies.has(host)) verifies.set(host, verify)
    } catch (thrown) {
      if (toOpsError(thrown).code !== 'NO_HOSTS_MATCHED') throw thrown
      unmatched.push(pattern)
    }
  }
  const inOrder = hosts.flatMap(({ name }) => {
    const verify = verifies.get(name)
    return verify === undefined ? [] : [{ host: name, verify }]
  })
  return { declaration, hosts: inOrder, unmatched }
}

/** What is not in Vault has no age; who names it is told so by a gate. */
async function sortByAge(
  look: Look,
  usages: readonly Usage[],
): Promise<{ readonly due: readonly Usage[]; readonly missing: readonly Usage[] }> {
  const nowMs = look.clock.now().getTime()
  const [due, missing]: [Usage[], Usage[]] = [[], []]
  for (const usage of usages) {
    const { id, path } = usage.declaration
    const about = await look.vault.metadata(path)
    const current = about?.versions.find(({ version }) => version === about.currentVersion)
    if (about === null || current === undefined || current.gone) missing.push(usage)
    else {
      const seen = { labels: about.labels, createdAtMs: current.createdAtMs }
      if (isDue({ declaration: usage.declaration, rotatedAtMs: readRotatedAt(id, seen) }, nowMs))
        due.push(usage)
    }
  }
  return { due, missing }
}
