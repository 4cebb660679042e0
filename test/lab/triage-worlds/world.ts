// What one broken world is: how it comes about, what is truly wrong in it, and how it is put back.
import type { CauseId } from '../../../runbooks/triage/diagnosis.ts'
import type { Hand } from './hand.ts'

export interface World {
  readonly name: string
  readonly cause: CauseId
  /**
   * `remedy`: the first remedy alone makes it green. `person`: it does so once `mend` has done what the remedy leaves to a person.
   * `loss`: the first remedy says that nothing without loss of data can.
   */
  readonly heals: 'remedy' | 'person' | 'loss'
  /** Takes the server a minute or so: only with `sh test/run.sh --long`. */
  readonly isSlow?: true
  /** Returns once the server shows it. */
  make(hand: Hand): Promise<unknown>
  mend?(hand: Hand): Promise<unknown>
  /** Whether it is healed, where green is not the word for it. */
  isHealed?(hand: Hand): Promise<boolean>
  /** Takes away whatever is left of it, healed or not. */
  end(hand: Hand): Promise<unknown>
}

/** Whether the server has made up its mind that this copy has no place, for as long as nobody does anything; else what it says. */
export const isSettled =
  (hand: Hand, index: string, kind: 'p' | 'r') => async (): Promise<boolean | string> => {
    const copies = await hand.copies(index)
    const waiting = copies.filter(copy => copy.state === 'UNASSIGNED' && copy.prirep === kind)
    if (waiting.length === 0 || copies.some(copy => copy.state === 'INITIALIZING'))
      return copies.map(({ prirep, state }) => `${prirep} ${state}`).join()
    const told = await Promise.all(
      waiting.map(async ({ shard }) => {
        const copy = { index, shard: Number(shard), primary: kind === 'p' }
        // Gone or assigned in this very moment.
        const { body } = await hand.send('/_cluster/allocation/explain', copy)
        return String(body.can_allocate ?? body.current_state ?? '')
      }),
    )
    return told.every(can => can === 'no' || can === 'no_valid_shard_copy') || told.join()
  }
