// Paths as people write them, and as the API has them.
import { OpsError } from '#errors'

/** Every part encoded, so that none can become another path. @throws OpsError CONFIG_INVALID */
export function encodePath(path: string): string {
  const parts = path.split('/')
  const isBad = (part: string): boolean => part === '' || part === '.' || part === '..'
  if (!parts.some(isBad)) return parts.map(encodeURIComponent).join('/')
  throw new OpsError('CONFIG_INVALID', {
    message: `"${path}" is no path of Vault`,
    hint: 'write it as for vault kv get: secret/elk/logstash',
  })
}

/** Staged secrets: they must not outlive their run anywhere but in Vault. */
export const isPending = (path: string): boolean => path.split('/').includes('pending')
