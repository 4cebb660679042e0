// A load on Elasticsearch: documents into indices, read back from every copy.
import { dailyIndex, sources } from '../elasticsearch/content.ts'
import type { LoadKind, LoadOptions } from './command.ts'
import { requireTarget } from './target.ts'
import { renderVerdict } from './verdict.ts'
import { explainViolation, verifyLoad } from './verify.ts'
import { writeLoad } from './write.ts'

export function elasticsearchKind({ stateDir, index }: LoadOptions): LoadKind {
  const target = requireTarget(stateDir)
  return {
    paths: target.paths,
    write: order => {
      const indices = index?.split(',') ?? sources.map(source => dailyIndex(source, new Date()))
      return writeLoad(target, { ...order, indices })
    },
    verify: async (name, talk) => {
      const verdict = await verifyLoad(target, name, talk)
      const answer = { value: verdict, text: renderVerdict(verdict) }
      return verdict.verdict === 'violated' ? { ...answer, failure: explainViolation(verdict, name) } : answer
    },
  }
}
