// A secret that lies in a file: read only where nobody else may read it too.
import { readFileSync, statSync } from 'node:fs'
import { OpsError } from '../errors/index.ts'

/** What is shorter cannot be told from other text, and so not be kept out of logs. */
const shortestSecret = 4
const othersMayRead = 0o077

/** @throws OpsError SECRET_MISSING; `variable` is the one of the inventory that names the file */
export function readSecretFile(file: string, variable: string): string {
  let secret: string
  try {
    if ((statSync(file).mode & othersMayRead) !== 0)
      throw new OpsError('SECRET_MISSING', {
        message: `${file} can be read by others`,
        hint: `chmod 600 ${file}`,
      })
    secret = readFileSync(file, 'utf8').trim()
  } catch (thrown) {
    if (thrown instanceof OpsError) throw thrown
    throw new OpsError('SECRET_MISSING', {
      message: `the password file ${file} cannot be read: ${(thrown as Error).message}`,
      hint: `the inventory names it as ${variable}`,
      cause: thrown,
    })
  }
  if (secret.length >= shortestSecret) return secret
  throw new OpsError('SECRET_MISSING', {
    message: `the password in ${file} ${secret === '' ? 'is empty' : `has fewer than ${shortestSecret} characters`}`,
    hint: 'put the password of the user that the inventory names there',
  })
}
