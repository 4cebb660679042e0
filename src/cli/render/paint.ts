// Colours for people, or none at all. It must never decide by itself whether colours are wanted.
import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]
export type Paint = (style: Style, text: string) => string

export function painter(colour: boolean): Paint {
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** Text from outside without control characters: no name or message may move the cursor or change colours. */
export const harmless = (text: string): string => text.replace(controls, '\uFFFD')

/** The same on one line. */
export const oneLine = (text: string): string => harmless(text.replace(/\s*[\r\n]+\s*/g, ' '))
