// Walks the table of gates: each has a case that passes and one that refuses.
import { expect } from 'chai'
import { type CopyFacts, lookAtCopy } from '../../../runbooks/offsite-copy/facts.ts'
import { gates } from '../../../runbooks/offsite-copy/gates/index.ts'
import { type CopyParams, params as schema } from '../../../runbooks/offsite-copy/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import { begin, run } from './world.ts'

// biome-ignore lint/suspicious/noExplicitAny: a case may put anything wrong
type Draft = any

interface GateCase {
  readonly gate: string
  readonly says: 'pass' | 'refuse'
  readonly when: string
  readonly evidence: RegExp
  readonly change?: (facts: Draft) => void
  readonly params?: Partial<CopyParams>
}

const refuses = (gate: string, when: string, evidence: RegExp, change: (facts: Draft) => void): GateCase => ({
  ...{ gate, says: 'refuse', when, evidence, change },
})
const passes = (gate: string, when: string, evidence: RegExp, change?: (facts: Draft) => void): GateCase => ({
  ...{ gate, says: 'pass', when, evidence, ...(change && { change }) },
})

const cases: readonly GateCase[] = [
  passes('repository_is_registered', 'it is', /^elk_backup, type fs$/),
  refuses('repository_is_registered', 'it is not', /^the cluster has no repository elk_backup$/, facts => {
    facts.repository = null
  }),
  passes('repository_is_a_directory', 'it is one', /^\/srv\/elk_backup$/),
  refuses('repository_is_a_directory', 'it is in an object store', /^elk_backup is of type s3/, facts => {
    facts.repository.type = 's3'
  }),
  refuses('repository_is_a_directory', 'its place is not known', /with no directory$/, facts => {
    facts.directory = ''
  }),
  passes('nothing_works_on_the_repository', 'it is at rest', /^no snapshot/),
  refuses(
    'nothing_works_on_the_repository',
    'a snapshot is being taken',
    /^a create runs on it, daily$/,
    facts => {
      facts.work = [{ kind: 'create', repository: 'elk_backup', snapshots: ['daily'] }]
    },
  ),
  refuses('nothing_works_on_the_repository', 'it is being cleaned up', /^a cleanup runs on it$/, facts => {
    facts.work = [{ kind: 'cleanup', repository: 'elk_backup', snapshots: [] }]
  }),
  passes(
    'repository_lies_on_the_host',
    'it does',
    /^es-node01:\/srv\/elk_backup, generation 2, 2 snapshots$/,
  ),
  refuses(
    'repository_lies_on_the_host',
    'no host has it',
    /^no host of the inventory has the directory/,
    facts => {
      facts.host = ''
    },
  ),
  refuses('repository_lies_on_the_host', 'nobody was asked', /^es-node01 was not asked$/, facts => {
    facts.ends = null
  }),
  refuses('repository_lies_on_the_host', 'the directory is missing', /has no directory/, facts => {
    facts.ends.source.exists = false
  }),
  refuses('repository_lies_on_the_host', 'the mount is empty', /holds no repository$/, facts => {
    facts.ends.source.generation = null
  }),
  refuses(
    'repository_lies_on_the_host',
    'it is an old one',
    /lacks the newest snapshot's file snap-x\.dat$/,
    facts => {
      facts.ends.source.missing = ['snap-x.dat']
    },
  ),
  passes('store_is_in_the_inventory', 'it is', /^https:\/\/s3\.example\.org\/elk-offsite\/elk_backup$/),
  refuses(
    'store_is_in_the_inventory',
    'a variable is missing',
    /^the inventory lacks offsite_bucket$/,
    facts => {
      facts.missing = ['offsite_bucket']
    },
  ),
  passes('the_store_answers', 'it does', /^it does, by rclone v1\.60\.1 on es-node01$/),
  passes(
    'the_store_answers',
    'there is nothing to ask it with yet',
    /^rclone is not on es-node01 yet/,
    facts => {
      facts.ends.rclone = null
    },
  ),
  refuses('the_store_answers', 'it says why it does not', /^SignatureDoesNotMatch$/, facts => {
    facts.ends.store.problem = 'SignatureDoesNotMatch'
  }),
  refuses('the_store_answers', 'it was not asked', /^it was not asked$/, facts => {
    facts.ends = null
  }),
  passes('repository_fits_the_store', 'no limit is named', /^the inventory names no limit/),
  passes('repository_fits_the_store', 'it does', /^5\.9 KiB of 9\.8 KiB at its fullest$/, facts => {
    facts.quotaBytes = 10_000
    facts.ends.source.bytes = 6000
    facts.ends.store.marker = { whole_bytes: 6000 }
  }),
  refuses(
    'repository_fits_the_store',
    'old and new together do not',
    /at its fullest, .* are allowed$/,
    facts => {
      facts.quotaBytes = 10_000
      facts.ends.source.bytes = 9000
      facts.ends.store.marker = { whole_bytes: 6000 }
    },
  ),
  refuses(
    'repository_fits_the_store',
    'the size is not known',
    /^the size of the repository is not known$/,
    facts => {
      facts.quotaBytes = 10_000
    },
  ),
  passes('copy_never_goes_back', 'there is no copy', /^there is no copy yet$/),
  passes('copy_never_goes_back', 'the copy is older', /^from generation 1 to 2$/, facts => {
    facts.ends.store.marker = { generation: 1, snapshots: [] }
  }),
  refuses(
    'copy_never_goes_back',
    'the copy is newer',
    /^the repository is at generation 2, the copy at 9$/,
    facts => {
      facts.ends.store.marker = { generation: 9, snapshots: [] }
    },
  ),
  passes('copy_keeps_most_snapshots', 'there is no copy', /^no snapshot is in a copy yet$/),
  passes(
    'copy_keeps_most_snapshots',
    'one of two has expired',
    /^1 of the copy's 2 snapshots stay$/,
    facts => {
      facts.ends.store.marker = { generation: 1, snapshots: [`one ${facts.snapshots[0].uuid}`, 'old gone'] }
    },
  ),
  refuses(
    'copy_keeps_most_snapshots',
    'all are gone',
    /^2 of the copy's 2 snapshots are gone .*: old, older$/,
    facts => {
      facts.ends.store.marker = { generation: 1, snapshots: ['old gone', 'older gone'] }
    },
  ),
]

describe('the gates of offsite-copy', () => {
  let calm: CopyFacts
  before(async () => {
    const { world } = await begin()
    calm = await lookAtCopy(lookOf(world.begin().engine, null), schema.parse({}))
  })

  it('all pass on a repository at rest, before and after its first copy', async () => {
    const made = await begin()
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded' })
    const later = await lookAtCopy(lookOf(made.world.begin().engine, null), schema.parse({}))
    for (const facts of [calm, later])
      expect(gates.filter(({ check }) => !check(facts, schema.parse({})).pass)).to.deep.equal([])
  })

  it('have names of their own, and cases for no other', () => {
    const names = gates.map(({ name }) => name)
    expect(new Set(names).size).to.equal(names.length)
    expect(cases.filter(({ gate }) => !names.includes(gate))).to.deep.equal([])
  })

  for (const { name, prevents, check } of gates) {
    const own = cases.filter(({ gate }) => gate === name)
    it(`${name} is a sentence, names what it prevents, and has both kinds of case`, () => {
      expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/)
      expect(prevents).to.match(/^[A-Z].{15,}\.$/)
      expect(new Set(own.map(({ says }) => says))).to.deep.equal(new Set(['pass', 'refuse']))
    })
    for (const { says, when, evidence, change } of own)
      it(`${name} ${says === 'pass' ? 'passes' : 'refuses'} when ${when}`, () => {
        const facts = structuredClone(calm)
        change?.(facts)
        const found = check(facts, schema.parse({}))
        expect(found.evidence).to.match(evidence)
        expect(found.pass).to.equal(says === 'pass')
      })
  }
})
