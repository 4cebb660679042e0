// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'
import { repositoryName } from '../restore/params.ts'

export const scenarioNames = ['hot-node', 'whole-cluster', 'kafka-broker', 'ops'] as const
export type ScenarioName = (typeof scenarioNames)[number]

export const params = z.strictObject({
  scenario: z
    .enum(scenarioNames)
    .describe(
      'What is lost: a hot node with its disk, all of Elasticsearch, a broker, or ops itself half way',
    ),
  host: z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'host' })
    .describe('Which node or broker is lost (default: the last one that is neither master nor controller)'),
  rtoTarget: duration
    .default('1h')
    .describe('Longest time from the loss until everything is proven to be back'),
  rpoTarget: duration.default('26h').describe('Longest stretch of writes that may be gone'),
  repository: repositoryName,
  stall: duration.default('10m').describe('How long nothing may move before the drill has failed'),
})

export type DrillParams = z.infer<typeof params>
