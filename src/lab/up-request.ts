// What may be asked of `ops lab up`, and what an existing lab cannot become.
import { OpsError } from '../errors/index.ts'
import { brokerCounts, type KafkaSecurity, type LabService, type LayoutName } from './layout.ts'
import type { Lab, LabState, OffsetReset } from './state.ts'

export interface UpRequest {
  readonly stateDir: string
  /** These are brought up beside what the lab has already. Left out: all that it has, else Elasticsearch. */
  readonly services?: readonly LabService[] | undefined
  /** Left out: what is up already, else full. */
  readonly layout?: LayoutName | undefined
  readonly net?: string | undefined
  readonly archive?: string | undefined
  readonly bootDelaySeconds?: number | undefined
  readonly kafkaSecurity?: KafkaSecurity | undefined
  /** Copies of raw-logs; 2 as in the platform's text. */
  readonly kafkaCopies?: number | undefined
  /** Three, unless more are asked for. */
  readonly kafkaBrokers?: number | undefined
  /** Where the shipper begins to read a partition of which it knows nothing. */
  readonly offsetReset?: OffsetReset | undefined
  talk(line: string): void
}

/** An existing lab keeps what it was made with; asking for something else is a mistake and not a wish to lose it. */
export function checkRequest(request: UpRequest, lab: Lab | undefined): void {
  const { net, kafkaCopies, kafkaBrokers } = request
  if (net !== undefined && !/^127\.\d{1,3}\.\d{1,3}$/.test(net)) {
    throw new OpsError('USAGE', { message: `${net} is no loopback network`, hint: 'such as --net 127.0.2' })
  }
  if (kafkaCopies !== undefined && ![2, 3].includes(kafkaCopies)) {
    throw new OpsError('USAGE', {
      message: `the brokers keep 2 or 3 copies of a topic with 2 in sync, not ${kafkaCopies}`,
    })
  }
  const { fewest, most } = brokerCounts
  const fits = (count: number) => Number.isInteger(count) && count >= fewest && count <= most
  if (kafkaBrokers !== undefined && !fits(kafkaBrokers)) {
    throw new OpsError('USAGE', {
      message: `the lab can have ${fewest} to ${most} brokers, not ${kafkaBrokers}`,
    })
  }
  const services = [...(request.services ?? []), ...(lab?.state.services ?? [])]
  if (services.includes('logstash') && !services.includes('kafka')) {
    throw new OpsError('USAGE', {
      message: 'the shipper reads from Kafka, and the lab has none',
      hint: '--only kafka,logstash',
    })
  }
  const differs = lab && findDifference(request, lab.state)
  if (!differs) return
  throw new OpsError('LAB_FAILED', {
    message: `a lab with ${differs}, is there already`,
    hint: 'ops lab down',
  })
}

/** What an existing lab has otherwise than it is asked for. */
function findDifference(request: UpRequest, state: LabState): string | undefined {
  const { layout, net, archive, kafkaSecurity, kafkaCopies, kafkaBrokers } = request
  const { kafka } = state
  const hasElasticsearch = state.services.includes('elasticsearch')
  if (hasElasticsearch && layout !== undefined && layout !== state.layout) {
    return `layout ${state.layout}, not ${layout}`
  }
  if (net !== undefined && net !== state.net) return `network ${state.net}, not ${net}`
  if (hasElasticsearch && archive !== undefined && !state.official) {
    return 'a home from Maven Central, not an archive'
  }
  if (kafka && kafkaSecurity !== undefined && kafkaSecurity !== kafka.security) {
    return `brokers that speak ${kafka.security}, not ${kafkaSecurity}`
  }
  if (kafka && kafkaCopies !== undefined && kafkaCopies !== kafka.replicationFactor) {
    return `${kafka.replicationFactor} copies of raw-logs, not ${kafkaCopies}`
  }
  if (kafka && kafkaBrokers !== undefined && kafkaBrokers !== kafka.brokers) {
    return `${kafka.brokers} brokers, not ${kafkaBrokers}`
  }
  return undefined
}
