// What a snapshot is called. Pure: the day by UTC, the time too where the day has one already.

export function chooseName(given: string | undefined, taken: readonly string[], nowMs: number): string {
  if (given !== undefined) return given
  const [day = '', time = ''] = new Date(nowMs).toISOString().split('T')
  const daily = `daily_${day}`
  return taken.includes(daily) ? `${daily}_${time.slice(0, 5).replace(':', '')}` : daily
}
