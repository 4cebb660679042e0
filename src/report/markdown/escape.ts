// Text from outside inside Markdown: it must stay text, in a table cell as well, and never become markup or HTML.
import { harmless } from '../read.ts'

const onOneLine = (text: string): string => harmless(text).replace(/\s*[\r\n\t]+\s*/g, ' ')

/** Plain words. Underscores inside words are left alone: they mean nothing to Markdown there. */
export function words(text: string): string {
  return onOneLine(text)
    .replace(/[\\`*[\]|~#!]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('://', ':&#47;&#47;')
}

/** A name as code. A backtick in it would end the code, so it is replaced. */
export function code(text: string): string {
  if (text === '') return ''
  return `\`${onOneLine(text).replaceAll('`', 'ʼ').replaceAll('|', '\\|')}\``
}

export type Cell = string | number

/** A table of cells that are Markdown already; nothing where there is no row. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly Cell[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export const bullets = (items: readonly string[]): string => items.map(item => `- ${item}`).join('\n')
