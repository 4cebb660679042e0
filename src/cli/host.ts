// Chooses how a run is shown: live on a terminal, as journal records with --json, else as plain lines.
import type { JournalRecord } from '../ports/journal.ts'
import type { Host } from '../ports/notify.ts'
import type { CliIo } from './io.ts'

export interface OpenHost extends Host {
  close(): Promise<void>
}

export async function openHost(io: CliIo, history: readonly JournalRecord[] = []): Promise<OpenHost> {
  if (io.json) {
    const { jsonLines } = await import('./render/json.ts')
    return { ...jsonLines(line => io.result(line)), close: async () => {} }
  }
  if (io.live && !io.verbose) {
    const { liveDisplay } = await import('./render/tty.ts')
    return liveDisplay(process.stderr, { history })
  }
  const { plainLines } = await import('./render/plain.ts')
  return { ...plainLines(line => io.talk(line), { verbose: io.verbose }), close: async () => {} }
}
