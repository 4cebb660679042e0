// Reads what the lab has told a member of the shipper, and what an operator or a playbook has set for it.
import { readFileSync } from 'node:fs'
import { OpsError } from '../../errors/index.ts'
import {
  type MemberConfig,
  memberConfig,
  type ShipperCredentials,
  type ShipperSettings,
  type SinkConfig,
  shipperCredentials,
  shipperSettings,
} from './config.ts'

export function readSettings(file: string): ShipperSettings {
  try {
    return shipperSettings.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new OpsError('CONFIG_INVALID', {
      message: `${file} is no settings file of the shipper: ${(cause as Error).message.split('\n').join(' ')}`,
      hint: 'such as {"consumer_threads": 8}',
      cause,
    })
  }
}

export const readMember = (file: string): MemberConfig =>
  memberConfig.parse(JSON.parse(readFileSync(file, 'utf8')))

/** Who a member is to Elasticsearch. What is wrong with the file is said without anything of what stands in it. */
export function readLogin({ login }: SinkConfig & { kind: 'elasticsearch' }): ShipperCredentials {
  if ('passwordFile' in login) {
    return { username: login.username, password: readFileSync(login.passwordFile, 'utf8') }
  }
  const found = parseFile(login.credentialsFile)
  if (found) return found
  throw new OpsError('CONFIG_INVALID', {
    message: `${login.credentialsFile} is no file of credentials`,
    hint: 'it needs "username" and "password", and mode 0600',
  })
}

function parseFile(file: string): ShipperCredentials | undefined {
  try {
    return shipperCredentials.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}
