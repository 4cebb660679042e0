// A runbook's parameters as command-line options, read from its schema: names, types, choices, defaults, help.
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { OpsError } from '../errors/index.ts'
import type { JsonObject } from '../ports/json.ts'

export interface ParamHelp {
  readonly name: string
  readonly flag: string
  readonly type: string
  readonly description: string
  readonly choices: readonly string[]
  readonly default: unknown
}

interface Property {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly default?: unknown
}

export function describeParams(shape: z.ZodObject): readonly ParamHelp[] {
  const { properties = {} } = z.toJSONSchema(shape, { io: 'input' }) as {
    properties?: Record<string, Property>
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    flag: `--${kebab(name)}`,
    type: property.title ?? property.type ?? 'string',
    description: property.description ?? '',
    choices: property.enum ?? [],
    default: property.default,
  }))
}

export function addParamOptions(command: Command, shape: z.ZodObject): void {
  for (const param of describeParams(shape)) {
    const isFlag = param.type === 'boolean'
    const option = new Option(isFlag ? param.flag : `${param.flag} <${param.type}>`, param.description)
    if (param.choices.length > 0) option.choices(param.choices)
    // The schema fills defaults in; here they are only shown.
    if (!isFlag && param.default !== undefined) option.description += ` (default: ${param.default})`
    command.addOption(option)
  }
}

/** @throws OpsError USAGE naming the option and what it must be */
export function readParams(shape: z.ZodObject, options: Readonly<Record<string, unknown>>): JsonObject {
  const known = describeParams(shape)
  const given = Object.fromEntries(
    known
      .filter(({ name }) => options[name] !== undefined)
      .map(({ name, type }) => [name, coerce(type, options[name])]),
  )
  const parsed = shape.safeParse(given)
  if (parsed.success) return parsed.data as JsonObject
  const [issue] = parsed.error.issues
  const param = known.find(({ name }) => name === issue?.path[0])
  throw new OpsError('USAGE', {
    message: `${param?.flag ?? 'a parameter'} ${issue?.message ?? 'is not valid'}, not "${given[param?.name ?? '']}"`,
    hint: `${param?.flag} <${param?.type}>: ${param?.description}`,
  })
}

const coerce = (type: string, value: unknown): unknown =>
  (type === 'number' || type === 'integer') && typeof value === 'string' ? Number(value) : value

const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
