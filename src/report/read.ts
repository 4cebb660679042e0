// Reads fields of records, samples and plans as what they should be, for reports and displays. A field that is missing or of
// another type becomes empty; it must never make a report fail.
import type { Json, JsonObject } from '../ports/json.ts'

type Field = Json | undefined

export function textOf(field: Field): string {
  if (typeof field === 'string') return field
  return field === undefined || field === null ? '' : JSON.stringify(field)
}

export const numberOf = (field: Field): number | null => (typeof field === 'number' ? field : null)

export const listOf = (field: Field): readonly Json[] => (isList(field) ? field : [])

export const namesOf = (field: Field): readonly string[] => listOf(field).map(textOf)

export const objectsOf = (field: Field): readonly JsonObject[] => listOf(field).filter(isObject)

export function isObject(field: Field): field is JsonObject {
  return typeof field === 'object' && field !== null && !isList(field)
}

// Array.isArray does not narrow readonly lists.
const isList = (field: Field): field is readonly Json[] => Array.isArray(field)

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** Text from outside without control characters. */
export const harmless = (text: string): string => text.replace(controls, '\uFFFD')
