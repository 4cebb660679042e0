// `--waive gate=reason`, as typed.
import type { Waivers } from '../../engine/gates.ts'
import { OpsError } from '../../errors/index.ts'

export function readWaivers(typed: readonly string[]): Waivers {
  return new Map(
    typed.map(text => {
      const at = text.indexOf('=')
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
      throw new OpsError('USAGE', {
        message: `--waive ${text} gives no reason`,
        hint: `--waive ${text}="why"`,
      })
    }),
  )
}
