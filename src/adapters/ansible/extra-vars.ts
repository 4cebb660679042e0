// Extra variables as a file for `-e @file`. Every value is tagged !unsafe: what a person typed must never be taken for
// a template, or it could run code on the machine that ops runs on.
import type { JsonObject } from '../../ports/json.ts'

/** YAML, one variable a line. JSON is YAML, so every value is written as JSON. */
export function formatExtraVars(vars: JsonObject): string {
  const lines = Object.entries(vars)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const tag = value !== null && typeof value !== 'number' && typeof value !== 'boolean' ? '!unsafe ' : ''
      return `${JSON.stringify(name)}: ${tag}${JSON.stringify(value)}\n`
    })
  return lines.length === 0 ? '{}\n' : lines.join('')
}
