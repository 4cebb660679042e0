// Steps against lag. What ops takes by itself, after somebody has agreed: starting and restarting consumers, more threads. All
// else is said, for a person to do. Pure.

export type Remedy =
  | { readonly kind: 'none'; readonly text: string }
  /** A command to type. */
  | { readonly kind: 'partitions'; readonly text: string }
  | { readonly kind: 'start'; readonly hosts: readonly string[] }
  | { readonly kind: 'restart'; readonly hosts: readonly string[] }
  | {
      readonly kind: 'threads'
      readonly hosts: readonly string[]
      readonly threads: number
      readonly from: number
    }

export type TakenRemedy = Exclude<Remedy, { readonly kind: 'none' | 'partitions' }>

export const isTaken = (remedy: Remedy): remedy is TakenRemedy =>
  remedy.kind !== 'none' && remedy.kind !== 'partitions'

export function sayRemedy(remedy: Remedy): string {
  switch (remedy.kind) {
    case 'start':
      return `start the consumers on ${remedy.hosts.join(' and ')}`
    case 'restart':
      return `restart the consumers on ${remedy.hosts.join(' and ')}, one at a time`
    case 'threads':
      return `give ${remedy.hosts.join(' and ')} ${remedy.threads} threads each instead of ${remedy.from}, restarted one at a time`
    default:
      return remedy.text
  }
}
