// Bytes, rates and broker tables as people read them. Pure.
import { type BrokerChange, type BrokerLoad, sayBytes } from '#sdk'
import { type NamedBroker, nameOf } from './brokers.ts'

/** Brokers are throttled in powers of ten. */
export const sayRate = (bytesPerSecond: number): string => `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`

export const sayBroker = (brokers: readonly NamedBroker[], id: number): string => {
  const name = nameOf(brokers, id)
  return name === `broker ${id}` ? name : `${name} (${id})`
}

export const sayLoad = ({ bytes, replicas, leaders }: BrokerLoad): string =>
  `${sayBytes(bytes)}, ${replicas} replicas, ${leaders} leaders`

/** One line of the table: what the broker holds before and after, what comes and goes, and how full it gets. */
export function sayChange(brokers: readonly NamedBroker[], change: BrokerChange): string {
  const { id, rack, role, before, after, bytesIn, bytesOut, peakBytes, totalBytes } = change
  const head = `${sayBroker(brokers, id)}${rack === null ? '' : `, ${rack}`}${role === 'stays' ? '' : `, ${role}`}`
  const peak =
    totalBytes === null
      ? `at most ${sayBytes(peakBytes)} on disk`
      : `at most ${sayBytes(peakBytes)} of ${sayBytes(totalBytes)} on disk (${Math.round((peakBytes / totalBytes) * 100)}%)`
  return [
    `${head}: ${sayLoad(before)} -> ${sayLoad(after)}`,
    `in ${sayBytes(bytesIn)}, out ${sayBytes(bytesOut)}, ${peak}`,
  ].join('; ')
}
