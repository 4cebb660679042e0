// How much was moved beside how much had to be: noted before, measured at the end, and written into the report. Reads only.
import { type Run, sayBytes } from '#sdk'
import { movedSince, notePlacement, type Placement } from '../add-node/watch-moves.ts'
import type { PlannedNode } from '../remove-node/plan.ts'

export interface Load {
  readonly placement: Placement
  readonly bytes: number
  readonly copies: number
}

export async function noteLoad(run: Run, old: PlannedNode): Promise<Load> {
  const placement = await notePlacement(run, 'placement')
  const { bytes, copies } = await run.note('load', async () => {
    const own = (await run.allocation.copies()).filter(({ node }) => node === old.name)
    return { bytes: own.reduce((sum, one) => sum + one.bytes, 0), copies: own.length }
  })
  return { placement, bytes, copies }
}

/** Every copy that is elsewhere now counts, whoever has moved it. */
export async function tellMoved(run: Run, old: PlannedNode, to: string, load: Load): Promise<void> {
  const copies = await run.allocation.copies()
  const moved = movedSince(load.placement, copies)
  const onto = movedSince(
    load.placement,
    copies.filter(({ node }) => node === to),
  )
  const share = load.bytes === 0 ? null : Math.round((moved.bytes / load.bytes) * 100) / 100
  await run.mark('moved', 'remark', {
    text: `${old.name} held ${load.copies} copies, ${sayBytes(load.bytes)}; ${moved.copies} copies, ${sayBytes(moved.bytes)} were moved (${onto.copies} to ${to})${share === null ? '' : `: ${share} times what it held`}`,
    heldBytes: load.bytes,
    movedBytes: moved.bytes,
    share,
  })
}
