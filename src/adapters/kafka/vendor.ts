// The two vendor libraries, loaded when the first request needs them: one of them takes half a second to load, and most
// commands never ask Kafka anything.
import type { API, Connection } from '@platformatic/kafka'
import type kafkajs from 'kafkajs'

export type Wires = typeof import('@platformatic/kafka')
export type { API, Connection }

/** One connection per broker, and the protocol call by call. */
export const loadWires = (): Promise<Wires> => import('@platformatic/kafka')

/** Whole clients: topics, groups, offsets, producers. */
export const loadClients = async (): Promise<typeof kafkajs> => (await import('kafkajs')).default
