// `ops report`.
import { writeFileSync } from 'node:fs'
import { OpsError } from '../../errors/index.ts'
import { reportHtml, reportMarkdown } from '../../report/index.ts'
import { findRun } from '../find.ts'
import type { CliIo } from '../io.ts'
import { withState } from '../run/with-state.ts'

export async function reportCommand(io: CliIo, typed: string, html: string | undefined): Promise<void> {
  await withState(io, async ({ journal }) => {
    const run = await findRun(journal, typed)
    const [records, samples] = [await journal.read(run), await journal.samples(run)]
    if (html === undefined) {
      const markdown = reportMarkdown(records, samples)
      return io.result(io.json ? { run, markdown } : markdown)
    }
    try {
      writeFileSync(html, reportHtml(records, samples))
    } catch (thrown) {
      throw new OpsError('USAGE', {
        message: `${html} cannot be written: ${(thrown as Error).message}`,
        cause: thrown,
      })
    }
    io.result(io.json ? { run, file: html } : `The report of run ${run} is in ${html}`)
  })
}
