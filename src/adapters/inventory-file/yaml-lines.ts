// Lines of a YAML text: where those of a pair begin and end, and how a host is written beside another. Pure.
import { isCollection, isMap, isScalar, type Node, type Pair, stringify } from 'yaml'
import { invalid } from './json-text.ts'

type Vars = Readonly<Record<string, string | number | boolean>>

export interface Style {
  readonly indent: string
  /** `name: { a: 1 }` on one line, else a line for each variable. */
  readonly flow: boolean
}

const rangeOf = (node: unknown): readonly [number, number, number] | null => {
  const range = (node as Node | null)?.range
  return range ?? null
}

/** Where the last character of the pair is, without comments after it. */
function endOf({ key, value }: Pair): number {
  if (isMap(value) && value.flow !== true) {
    const last = value.items.at(-1)
    if (last !== undefined) return endOf(last as Pair)
  }
  const keyEnd = rangeOf(key)?.[1] ?? 0
  const range = rangeOf(value)
  const isEmpty = range === null || (isScalar(value) && value.source === '')
  return isEmpty ? keyEnd : range[1]
}

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1

/** Begin of the line after the one in which `at` is; a text without a last line break gets one by whoever inserts there. */
function nextLine(text: string, at: number): number {
  if (text[at - 1] === '\n') return at
  const found = text.indexOf('\n', at)
  return found < 0 ? text.length : found + 1
}

const startOf = ({ key }: Pair): number => rangeOf(key)?.[0] ?? 0

/** Only blanks stand before it, so its lines are its own. */
function indentOf(text: string, pair: Pair): string | null {
  const before = text.slice(lineStart(text, startOf(pair)), startOf(pair))
  return /^[ \t]*$/.test(before) ? before : null
}

/** The text without the lines of the pair; `null` where it shares its line with others. */
export function cutLines(text: string, pair: Pair): string | null {
  if (indentOf(text, pair) === null) return null
  return text.slice(0, lineStart(text, startOf(pair))) + text.slice(nextLine(text, endOf(pair)))
}

/** @throws OpsError INVENTORY_INVALID where the sibling shares its line with others */
export function insertAfter(
  text: string,
  sibling: Pair,
  write: (style: Style) => string,
  file: string,
): string {
  const indent = indentOf(text, sibling)
  if (indent === null) throw invalid(file, 'has its hosts on one line')
  const flow = !isMap(sibling.value) || sibling.value.flow === true
  return insertAt(
    text,
    afterItsComments(text, nextLine(text, endOf(sibling)), indent),
    write({ indent, flow }),
  )
}

/** Comments that stand deeper than the sibling belong to it. */
function afterItsComments(text: string, at: number, indent: string): number {
  const comment = new RegExp(`${indent}[ \\t]+#.*\\r?\\n`, 'y')
  for (let end = at; ; end = comment.lastIndex) {
    comment.lastIndex = end
    if (!comment.test(text)) return end
  }
}

/** The first host of a group: `hosts:` is made where it is missing. */
export function insertInside(text: string, group: Pair, name: string, vars: Vars, file: string): string {
  const indent = indentOf(text, group)
  const { value } = group
  if (indent === null || (isCollection(value) && value.flow === true))
    throw invalid(file, 'has its groups on one line')
  const step = stepOf(text)
  const inner = isMap(value) ? (value.items[0] as Pair | undefined) : undefined
  const keyIndent = inner === undefined ? `${indent}${step}` : (indentOf(text, inner) ?? `${indent}${step}`)
  const host = formatHost(name, vars, { indent: `${keyIndent}${step}`, flow: true })
  const hosts = isMap(value)
    ? (value.items as Pair[]).find(({ key }) => isScalar(key) && key.value === 'hosts')
    : undefined
  if (hosts === undefined) {
    const at = nextLine(text, isMap(value) ? (rangeOf(group.key)?.[1] ?? 0) : endOf(group))
    return insertAt(text, at, `${keyIndent}hosts:\n${host}`)
  }
  const keyEnd = rangeOf(hosts.key)?.[1] ?? 0
  const without = `${text.slice(0, keyEnd)}:${text.slice(Math.max(endOf(hosts), text.indexOf(':', keyEnd) + 1))}`
  return insertAt(without, nextLine(without, keyEnd + 1), host)
}

function insertAt(text: string, at: number, lines: string): string {
  const before = text.slice(0, at)
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  const added = `${gap}${lines}`
  return before + (text.includes('\r\n') ? added.replaceAll('\n', '\r\n') : added) + text.slice(at)
}

const stepOf = (text: string): string => /\n( +)\S/.exec(text)?.[1] ?? '  '

export function formatHost(name: string, vars: Vars, { indent, flow }: Style): string {
  const pairs = Object.entries(vars).map(([key, value]) => `${key}: ${scalar(value)}`)
  const head = `${indent}${scalar(name)}:`
  if (pairs.length === 0) return `${head}\n`
  if (flow) return `${head} { ${pairs.join(', ')} }\n`
  return [head, ...pairs.map(pair => `${indent}  ${pair}`)].map(line => `${line}\n`).join('')
}

/** As plain as YAML allows; quoted where commas or brackets would end it. */
function scalar(value: string | number | boolean): string {
  const text = stringify(value, { lineWidth: 0 }).trimEnd()
  const isPlain = typeof value !== 'string' || /^[\w.-]+$/.test(text) || /^["']/.test(text)
  return isPlain ? text : JSON.stringify(value)
}
