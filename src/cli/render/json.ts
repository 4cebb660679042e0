// A run as journal records, one JSON object a line: what scripts read. Records are printed as they are, nothing else is.
import type { Host } from '../../ports/notify.ts'

export function jsonLines(write: (line: string) => void): Host {
  return {
    notify: notice => {
      if (notice.kind === 'record') write(JSON.stringify(notice.record))
    },
  }
}
