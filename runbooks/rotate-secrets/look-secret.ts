// Looks at one secret: its document, what may be done to it, its principals, and whether everybody uses the current one.
import {
  type Credential,
  credentialKinds,
  type Look,
  type Principal,
  type SecretDocument,
  type SecretMetadata,
  type VaultMount,
} from '#sdk'
import { addressOf, explainNotUsing, fingerprintOf, readEntry } from './consumers.ts'
import { credentialIn, labelsOf, pendingPathOf, stagedLabels } from './documents.ts'
import type { ConsumerFacts, SecretFacts } from './facts.ts'
import type { AskedUsage } from './look-consumers.ts'
import { vaultProblem } from './look-vault.ts'

export async function lookAtSecret(look: Look, usage: AskedUsage): Promise<SecretFacts> {
  const { declaration, unmatched } = usage
  const inVault = await readVault(look, usage)
  const credential = credentialIn(inVault.document, declaration.fields)
  const principal = inVault.document?.fields[declaration.fields.principal]?.reveal() ?? null
  const system = { kind: declaration.kind, owner: declaration.owner }
  const names = declaration.principals
  const everybody = await look.credentials.list(system, names)
  const otherName =
    credentialKinds[declaration.kind].names === 'two' ? names.find(name => name !== principal) : undefined
  const answers = credential === null ? [] : await look.credentials.logIn(system, credential)
  return {
    declaration,
    unreadable: inVault.unreadable,
    mount: inVault.mount && { type: inVault.mount.type, version: inVault.mount.version },
    document:
      inVault.document === null
        ? null
        : {
            version: inVault.document.version,
            keptVersions: inVault.about?.maxVersions ?? 0,
            fields: Object.keys(inVault.document.fields).sort(),
            principal,
          },
    labels: oldLabels(declaration.id, inVault.about),
    forbidden: inVault.forbidden,
    pending: inVault.pending && { run: inVault.pending.labels[stagedLabels.run] ?? null },
    current: find(everybody, principal),
    other: find(everybody, otherName ?? null),
    refusedAt: answers
      .filter(({ as }) => as === null)
      .map(({ endpoint, problem }) => ({ endpoint, why: problem ?? 'it was not let in' })),
    endpoints: answers.length,
    consumers: consumersOf(usage, credential),
    unmatched,
  }
}

const find = (all: readonly Principal[], name: string | null): Principal | null =>
  all.find(one => one.name === name) ?? null

interface InVault {
  readonly unreadable: string | null
  readonly mount: VaultMount | null
  readonly document: SecretDocument | null
  readonly about: SecretMetadata | null
  readonly forbidden: readonly string[]
  readonly pending: SecretMetadata | null
}

async function readVault({ vault }: Look, { declaration }: AskedUsage): Promise<InVault> {
  const { path } = declaration
  let mount: VaultMount | null = null
  let forbidden: readonly string[] = []
  const nothing = { document: null, about: null, pending: null }
  try {
    mount = await vault.mountOf(path)
    if (mount.type !== 'kv' || mount.version !== 2) return { unreadable: null, mount, forbidden, ...nothing }
    forbidden = await findForbidden(vault, mount, path, pendingPathOf(declaration))
    return {
      unreadable: null,
      mount,
      forbidden,
      document: await vault.readFresh(path),
      about: await vault.metadata(path),
      pending: await vault.metadata(pendingPathOf(declaration)),
    }
  } catch (thrown) {
    return { unreadable: vaultProblem(thrown).message, mount, forbidden, ...nothing }
  }
}

async function findForbidden(
  vault: Look['vault'],
  { mount }: VaultMount,
  path: string,
  pending: string,
): Promise<string[]> {
  const name = mount.replace(/\/$/, '')
  const within = (kind: string, of: string) => `${name}/${kind}/${of.slice(name.length + 1)}`
  const needed: readonly (readonly [string, readonly string[]])[] = [
    [within('data', path), ['read', 'update']],
    [within('metadata', path), ['read', 'update|patch']],
    [within('data', pending), ['create', 'read', 'update']],
    [within('metadata', pending), ['read', 'update|patch', 'delete']],
    [within('destroy', path), ['update']],
  ]
  const granted = await vault.capabilities(needed.map(([at]) => at))
  return needed.flatMap(([at, wanted]) => {
    const own: readonly string[] = granted.get(at) ?? []
    if (own.includes('root')) return []
    return wanted
      .filter(one => own.includes('deny') || !one.split('|').some(name => own.includes(name)))
      .map(one => `${one.replace('|', ' or ')} on ${at}`)
  })
}

const oldLabels = (id: string, about: SecretMetadata | null): Record<string, string | null> =>
  Object.fromEntries(Object.values(labelsOf(id)).map(name => [name, about?.labels[name] ?? null]))

function consumersOf(
  { declaration, hosts, inventory, answers }: AskedUsage,
  credential: Credential | null,
): readonly ConsumerFacts[] {
  const { id } = declaration
  return hosts.map(({ host, verify }) => {
    const found = inventory.hosts.find(({ name }) => name === host)
    const entry = found === undefined ? null : readEntry(found, id)
    if (found === undefined || entry === null)
      return {
        ...{ host, planned: null, verifiable: false, silent: null, problem: null },
        ...{ elsewhere: [], searchedInPart: false },
      }
    const { service, runs, hasLogin } = entry
    const status = answers.statusOf(id, host)
    const fingerprint = credential === null ? '' : fingerprintOf(answers.salt, credential.secret.reveal())
    const wanted = { principal: credential?.principal ?? '', fingerprint, runs }
    return {
      host,
      planned: { host, service, verify, runs, hasLogin, address: addressOf(found) },
      verifiable: verify === 'events' || hasLogin,
      silent: answers.problemOf(host),
      problem: explainNotUsing(status, wanted),
      elsewhere: status?.elsewhere ?? [],
      searchedInPart: status?.searchedInPart ?? false,
    }
  })
}
