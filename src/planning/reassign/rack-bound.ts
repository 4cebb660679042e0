// How many copies of one partition a rack may hold: as few as the brokers of the racks allow. A partition that is worse than
// that to begin with may stay so, and never gets worse.

/** The least number that lets `copies` be placed, one a broker, with no more than that many in one rack. */
export function copiesPerRack(rackSizes: readonly number[], copies: number): number {
  for (let cap = 1; cap < copies; cap++) {
    if (rackSizes.reduce((sum, size) => sum + Math.min(cap, size), 0) >= copies) return cap
  }
  return Math.max(1, copies)
}

/** How many copies of one partition a rack must hold at least, and may hold at most. */
export function copiesInRack(
  rackSizes: readonly number[],
  rack: number,
  copies: number,
): { readonly least: number; readonly most: number } {
  const cap = copiesPerRack(rackSizes, copies)
  const room = rackSizes.map(size => Math.min(cap, size))
  const most = room[rack] ?? 0
  const elsewhere = room.reduce((sum, one) => sum + one, 0) - most
  return { least: Math.max(0, Math.min(most, copies - elsewhere)), most }
}
