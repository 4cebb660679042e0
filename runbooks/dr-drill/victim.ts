// Which node or broker is lost. Pure; never the elected master, never the active controller, unless it was named.
import type { BrokersFacts, NodesFacts } from './facts.ts'
import type { DrillParams } from './params.ts'

export type Victim =
  | { readonly name: string; readonly problem: null }
  | { readonly name: null; readonly problem: string }

export function chooseNode({ hosts, steady, elected }: NodesFacts, { host }: DrillParams): Victim {
  const hot = hosts.filter(({ groups }) => groups.includes('es_data_hot')).map(({ name }) => name)
  const there = hot.filter(name => steady.nodes.includes(name))
  if (host !== undefined)
    return there.includes(host)
      ? { name: host, problem: null }
      : none(`${host} is no hot node of the cluster; there are ${there.join(', ') || 'none'}`)
  const last = there.filter(name => name !== elected).at(-1)
  return last === undefined ? none('no hot node can be lost') : { name: last, problem: null }
}

export function chooseBroker({ brokers, steady }: BrokersFacts, { host }: DrillParams): Victim {
  const ids = new Set(steady.identity.brokers.map(({ id }) => id))
  const there = brokers.filter(({ id }) => ids.has(id))
  if (host !== undefined)
    return there.some(({ name }) => name === host)
      ? { name: host, problem: null }
      : none(
          `${host} is no broker of the cluster; there are ${there.map(({ name }) => name).join(', ') || 'none'}`,
        )
  const last = there.filter(({ id }) => id !== steady.controller).at(-1)
  return last === undefined ? none('no broker can be lost') : { name: last.name, problem: null }
}

const none = (problem: string): Victim => ({ name: null, problem })
