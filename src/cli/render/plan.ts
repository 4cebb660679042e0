// A plan for people, from the object that `ops plan --json` prints: first what stands in the way, then what would
// be done. It must never leave a refusing gate out.
import type { JsonObject } from '../../ports/json.ts'
import { groupEffects } from '../../report/group-effects.ts'
import { isObject, listOf, namesOf, numberOf, objectsOf, textOf } from '../../report/read.ts'
import { oneLine, type Paint, painter } from './paint.ts'
import { sayDuration, sayNames, sayPlural } from './words.ts'

export function renderPlan(plan: JsonObject, { colour }: { readonly colour: boolean }): string {
  const paint = painter(colour)
  const sections = [
    namesOf(plan.headline).map((line, at) => paint(at === 0 ? 'bold' : 'reset', oneLine(line))),
    [paint('bold', `Plan ${textOf(plan.runbook)}`), ...paramLines(plan)],
    section(paint, gatesTitle(plan), gateLines(plan, paint)),
    section(paint, wavesTitle(plan), waveLines(plan, paint)),
    section(paint, 'What will be touched', groupEffects(namesOf(plan.effects), sayCounted).map(bullet)),
    section(paint, 'Worth knowing', namesOf(plan.notes).map(bullet)),
    [...timeLine(plan), `${paint('dim', 'hash')}  ${textOf(plan.hash)}`],
  ]
  return sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')
}

function section(paint: Paint, title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [paint('bold', title), ...lines]
}

const sayCounted = (words: readonly string[]): string => `${words.length}: ${sayNames(words)}`
const bullet = (text: string): string => `  · ${oneLine(text)}`

function paramLines({ params }: JsonObject): string[] {
  if (!isObject(params)) return []
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null)
  if (given.length === 0) return []
  return [`  ${given.map(([name, value]) => `${name}=${oneLine(textOf(value))}`).join('  ')}`]
}

function gatesTitle({ gates }: JsonObject): string {
  const verdicts = objectsOf(gates).map(({ verdict }) => verdict)
  const count = (wanted: string): number => verdicts.filter(verdict => verdict === wanted).length
  const [refuse, waived] = [count('refuse'), count('waived')]
  const parts = [`${count('pass')} of ${sayPlural(verdicts.length, 'gate')} pass`]
  if (refuse > 0) parts.unshift(`${sayPlural(refuse, 'gate refuses', 'gates refuse')}`)
  if (waived > 0) parts.push(`${waived} waived`)
  return parts.join(', ')
}

const looks = {
  refuse: { mark: '✖', style: ['red', 'bold'], rank: 0 },
  waived: { mark: '!', style: ['yellow'], rank: 1 },
  pass: { mark: '✔', style: ['green'], rank: 2 },
} as const

function gateLines({ gates }: JsonObject, paint: Paint): string[] {
  const rows = objectsOf(gates).map(({ gate, verdict, evidence, reason }) => ({
    look: looks[verdict as keyof typeof looks] ?? looks.refuse,
    gate: oneLine(textOf(gate)),
    evidence: oneLine(textOf(evidence)),
    reason: oneLine(textOf(reason)),
  }))
  const shown = gatherAlike(rows)
  const width = Math.max(0, ...shown.map(({ gate }) => gate.length))
  return shown
    .sort((a, b) => a.look.rank - b.look.rank)
    .flatMap(({ look, gate, evidence, reason }) => {
      const head = paint([...look.style], look.mark)
      if (look.rank === 2) return [`  ${head} ${gate.padEnd(width)}  ${paint('dim', shorten(evidence))}`]
      const lines = [`  ${head} ${paint('bold', gate)}`, `      ${evidence}`]
      return reason === '' ? lines : [...lines, `      waived: ${reason}`]
    })
}

/** Gates that pass for one and the same reason, and are many, share a line. */
function gatherAlike<T extends { gate: string; evidence: string; look: { rank: number } }>(
  rows: readonly T[],
): T[] {
  const alike = Map.groupBy(rows, ({ look, evidence }) => `${look.rank} ${evidence}`)
  return [...alike.values()].flatMap(group => {
    const [first] = group
    if (first === undefined || first.look.rank !== looks.pass.rank || group.length < fewestAlike) return group
    return [{ ...first, gate: `${group.length} other gates` }]
  })
}

const fewestAlike = 4
const longest = 90

function shorten(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}

function wavesTitle({ waves, lowerBound }: JsonObject): string {
  const bound = numberOf(lowerBound)
  const members = listOf(waves).flatMap(namesOf).length
  const fewest = bound === null ? '' : `, no plan can do with fewer than ${bound}`
  return `${sayPlural(members, 'member')} in ${sayPlural(listOf(waves).length, 'wave')}${fewest}`
}

function waveLines({ waves }: JsonObject, paint: Paint): string[] {
  const rows = listOf(waves).map(wave => namesOf(wave).map(oneLine))
  const width = String(rows.length).length
  return rows.map(
    (names, index) => `  ${paint('cyan', String(index + 1).padStart(width))}  ${sayNames(names)}`,
  )
}

function timeLine({ expectedSeconds }: JsonObject): string[] {
  const seconds = numberOf(expectedSeconds)
  return seconds === null || seconds === 0 ? [] : [`Expected to take about ${sayDuration(seconds)}`]
}
