// What a bare rclone needs to reach the store of a lab, as the remote `store:`. Keys go through the environment, never through arguments.
import { readFileSync } from 'node:fs'
import { secretFile } from '../paths.ts'
import type { Lab } from '../state.ts'
import { labStatus } from '../status.ts'

export async function rcloneEnvironment(lab: Lab): Promise<Readonly<Record<string, string>>> {
  const { s3 } = await labStatus(lab)
  const store = {
    TYPE: 's3',
    PROVIDER: 'Other',
    ENDPOINT: s3?.url ?? '',
    NO_CHECK_BUCKET: 'true',
    ACCESS_KEY_ID: readFileSync(secretFile(lab.paths, 'offsiteAccessKey'), 'utf8'),
    SECRET_ACCESS_KEY: readFileSync(secretFile(lab.paths, 'offsiteSecretKey'), 'utf8'),
  }
  const named = Object.entries(store).map(([name, value]) => [`RCLONE_CONFIG_STORE_${name}`, value])
  return { PATH: process.env.PATH ?? '', RCLONE_CONFIG: '/dev/null', ...Object.fromEntries(named) }
}
