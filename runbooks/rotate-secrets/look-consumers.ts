// Asks every host that uses a chosen secret what it uses; one play for all of them.
import type { Inventory, Look } from '#sdk'
import { type Answers, askConsumers } from './ask-consumers.ts'
import { readEntry } from './consumers.ts'
import type { Usage } from './look-chosen.ts'

export interface AskedUsage extends Usage {
  readonly inventory: Inventory
  readonly answers: Answers
}

export async function askAboutAll(
  look: Look,
  inventory: Inventory,
  usages: readonly Usage[],
): Promise<readonly AskedUsage[]> {
  const asked = usages.flatMap(({ declaration: { id }, hosts }) =>
    hosts
      .filter(({ host }) => {
        const found = inventory.hosts.find(({ name }) => name === host)
        return found !== undefined && readEntry(found, id) !== null
      })
      .map(({ host }) => ({ id, host })),
  )
  const answers = await askConsumers(look, asked)
  return usages.map(usage => ({ ...usage, inventory, answers }))
}
