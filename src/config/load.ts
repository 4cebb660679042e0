// Loads ops.config.ts of a checkout. It must never fail because there is none.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OpsError } from '../errors/index.ts'
import { type Config, parseConfig } from './define.ts'

export async function loadConfig(checkout: string): Promise<Config> {
  const file = join(checkout, 'ops.config.ts')
  if (!existsSync(file)) return parseConfig({}, file)
  const loaded = await import(pathToFileURL(file).href).catch((cause: Error) => {
    throw new OpsError('CONFIG_INVALID', { message: `${file} cannot be loaded: ${cause.message}`, cause })
  })
  return parseConfig(loaded.default ?? {}, file)
}
