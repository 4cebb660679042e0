// The table: everything that must be true before a secret is touched, in the order in which it is shown.
import { consumerGates } from './consumers.ts'
import { principalGates } from './principals.ts'
import { secretGates } from './secrets.ts'
import { vaultGates } from './vault.ts'

export const gates = [...vaultGates, ...secretGates, ...principalGates, ...consumerGates]
