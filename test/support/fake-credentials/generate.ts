// Secrets that look random and are the same in every run of a test. Never for anything but tests.
import { createHash } from 'node:crypto'
import type { SecretPolicy } from '../../../src/ports/credentials.ts'

const classes = [/[a-z]/, /[A-Z]/, /[0-9]/]

/** The number of the secret decides it; it has one character of each class that the alphabet has. */
export function generateFrom(number: number, { length, alphabet }: SecretPolicy): string {
  for (let attempt = 0; ; attempt += 1) {
    const text = Array.from({ length }, (_, index) => pick(alphabet, `${number}.${attempt}.${index}`)).join(
      '',
    )
    const wanted = classes.filter(like => like.test(alphabet))
    if (length < wanted.length || wanted.every(like => like.test(text))) return text
  }
}

function pick(alphabet: string, seed: string): string {
  const bytes = createHash('sha256').update(seed).digest()
  return alphabet[bytes.readUInt32BE(0) % alphabet.length] ?? ''
}
