// An inventory in YAML. A change is made in the text itself, line by line, so that comments, order and style of everything else stay
// byte for byte; what comes out is read again and must be what was meant. Pure.
import { type Document, isMap, isScalar, type Pair, parseDocument, visit, type YAMLMap } from 'yaml'
import type { InventoryChange, InventoryEntry } from '../../ports/inventory-file.ts'
import { invalid, isThere } from './json-text.ts'
import type { InventoryText } from './text.ts'
import { cutLines, formatHost, insertAfter, insertInside } from './yaml-lines.ts'

/** A group as it stands in the text; one group may stand there several times. */
interface Group {
  readonly name: string
  readonly pair: Pair
}

export function readYaml(content: string, file: string): InventoryText {
  const groups = findGroups(content, file)
  const entries = entriesOf(groups)
  return {
    content,
    entries,
    apply: change => {
      if (isThere(entries, change)) return readYaml(content, file)
      const name = change.do === 'add' ? change.entry.name : change.name
      const without = removeHost(content, file, name)
      const after = readYaml(change.do === 'add' ? addHost(without, file, change.entry) : without, file)
      if (!isThere(after.entries, change) || others(after.entries, name) !== others(entries, name))
        throw invalid(file, `is written in a way in which ops cannot ${say(change)}`)
      return after
    },
  }
}

const others = (entries: readonly InventoryEntry[], name: string): string =>
  JSON.stringify(entries.filter(one => one.name !== name))

const say = (change: InventoryChange): string =>
  change.do === 'add'
    ? `put ${change.entry.name} into ${change.entry.groups.join(', ')}`
    : `take out ${change.name}`

function findGroups(content: string, file: string): readonly Group[] {
  const document = parseDocument(content)
  const [error] = document.errors
  if (error !== undefined) throw invalid(file, `cannot be read: ${error.message.split('\n')[0]}`)
  if (!isMap(document.contents)) throw invalid(file, 'is no YAML inventory: it has no groups')
  if (usesAnchors(document)) throw invalid(file, 'names hosts through anchors, which ops does not follow')
  const found: Group[] = []
  const walk = (map: YAMLMap): void => {
    for (const pair of map.items as Pair[]) {
      const group = { name: keyOf(pair), pair }
      found.push(group)
      const children = mapIn(group, 'children')
      if (children !== null) walk(children)
    }
  }
  walk(document.contents)
  return found
}

/** Variables of groups may: they are not looked at. */
function usesAnchors(document: Document): boolean {
  let found = false
  visit(document, {
    Pair: (_at, pair) => (isScalar(pair.key) && pair.key.value === 'vars' ? visit.SKIP : undefined),
    Alias: () => {
      found = true
      return visit.BREAK
    },
  })
  return found
}

const keyOf = ({ key }: Pair): string => String(isScalar(key) ? key.value : key)

/** The value of one of the keys of a group, where it is a map. */
function mapIn({ pair: { value } }: Group, key: string): YAMLMap | null {
  const found = isMap(value) ? value.get(key, true) : null
  return isMap(found) ? found : null
}

const hostPairs = (group: Group): readonly Pair[] => (mapIn(group, 'hosts')?.items ?? []) as Pair[]

function entriesOf(groups: readonly Group[]): readonly InventoryEntry[] {
  const found = new Map<string, { groups: string[]; vars: Record<string, string | number | boolean> }>()
  for (const group of groups)
    for (const pair of hostPairs(group))
      for (const name of expandRange(keyOf(pair))) {
        const entry = found.get(name) ?? { groups: [], vars: {} }
        found.set(name, entry)
        if (!entry.groups.includes(group.name)) entry.groups.push(group.name)
        if (isMap(pair.value)) Object.assign(entry.vars, pair.value.toJSON())
      }
  return [...found].map(([name, entry]) => ({ name, ...entry }))
}

/** `es-data[01:03]` is three hosts. */
function expandRange(name: string): readonly string[] {
  const [, before, from, to, after] = /^(.*)\[(\d+):(\d+)\](.*)$/.exec(name) ?? []
  if (before === undefined || from === undefined || to === undefined) return [name]
  const count = Number(to) - Number(from) + 1
  return Array.from({ length: count }, (_, at) =>
    [before, String(Number(from) + at).padStart(from.length, '0'), after].join(''),
  )
}

/** Takes the host out of every group that names it. One of a range stays, and is told by the check afterwards. */
function removeHost(content: string, file: string, name: string): string {
  for (let text = content; ; ) {
    const pair = findGroups(text, file)
      .flatMap(hostPairs)
      .find(one => keyOf(one) === name)
    if (pair === undefined) return text
    const cut = cutLines(text, pair)
    if (cut === null) throw invalid(file, `names ${name} on a line together with others`)
    text = cut
  }
}

function addHost(content: string, file: string, { name, groups, vars }: InventoryEntry): string {
  return groups.reduce((text, group, at) => {
    const known = findGroups(text, file).filter(one => one.name === group)
    const [first] = known
    if (first === undefined) throw invalid(file, `has no group ${group}`)
    // Its variables stand once, with the first of its groups.
    const own = at === 0 ? vars : {}
    const last = known.flatMap(hostPairs).at(-1)
    if (last !== undefined) return insertAfter(text, last, style => formatHost(name, own, style), file)
    return insertInside(text, known.find(one => isMap(one.pair.value))?.pair ?? first.pair, name, own, file)
  }, content)
}
