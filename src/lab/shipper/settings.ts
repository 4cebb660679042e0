// Reads what the lab has told a member of the shipper, and what an operator or a playbook has set for it.
import { readFileSync } from 'node:fs'
import { OpsError } from '../../errors/index.ts'
import { type MemberConfig, memberConfig, type ShipperSettings, shipperSettings } from './config.ts'

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
