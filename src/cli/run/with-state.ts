// For commands that need the state directory and no other machine.
import { openLocal, type State } from '../../app/wire.ts'
import type { CliIo } from '../io.ts'

export async function withState<T>({ stateDir }: CliIo, use: (state: State) => Promise<T>): Promise<T> {
  const state = await openLocal(stateDir, { notify: () => {} })
  try {
    return await use(state)
  } finally {
    await state.close()
  }
}
