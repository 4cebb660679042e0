// How much room a repository has. Reads only; what nobody can tell is said, never guessed.
import { z } from 'zod'
import { type Look, type Repository, toOpsError } from '#sdk'
import { playOnRepository } from './on-repository.ts'

export interface RepositoryRoom {
  /** `null`: nobody can tell, and `text` says why. */
  readonly freeBytes: number | null
  readonly text: string
}

const handedBack = z.object({ free_bytes: z.coerce.number(), total_bytes: z.coerce.number() })

export async function readRoom(look: Pick<Look, 'ansible'>, repository: Repository): Promise<RepositoryRoom> {
  try {
    const played = await playOnRepository(look, repository, 'repository_space.yml', {})
    if (played === null) return { freeBytes: null, text: 'no host of the inventory has its directory' }
    const { free_bytes: freeBytes } = handedBack.parse(played.result)
    return { freeBytes, text: `by ${played.host}` }
  } catch (thrown) {
    if (thrown instanceof z.ZodError) return { freeBytes: null, text: 'a host does not tell' }
    const { code, message } = toOpsError(thrown)
    if (!code.startsWith('ANSIBLE_')) throw thrown
    return { freeBytes: null, text: message }
  }
}
