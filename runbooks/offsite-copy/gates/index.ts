// The table: what must be true before anything is written to the store.
import type { Gate } from '#sdk'
import type { CopyFacts } from '../facts.ts'
import type { CopyParams } from '../params.ts'
import { copyGates } from './copy.ts'
import { repositoryGates } from './repository.ts'
import { storeGates } from './store.ts'

export const gates: readonly Gate<CopyFacts, CopyParams>[] = [...repositoryGates, ...storeGates, ...copyGates]
