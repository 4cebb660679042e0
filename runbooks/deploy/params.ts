// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration, hostPattern } from '#sdk'
import { params as restartSchema } from '../rolling-restart/params.ts'
import { systemNames } from './systems.ts'

const listOfSystems = z
  .string()
  .refine(
    text => text.split(',').every(name => (systemNames as readonly string[]).includes(name)),
    `must be a comma list of ${systemNames.join(', ')}`,
  )
  .meta({ title: 'systems' })

export const params = z.strictObject({
  only: listOfSystems.optional().describe(`Only these systems, by commas: ${systemNames.join(', ')}`),
  limit: hostPattern.optional().describe('Only these hosts, as an Ansible host pattern'),
  restart: z
    .enum(['rolling', 'none'])
    .default('rolling')
    .describe(
      'What becomes of running nodes whose config has changed: restarted one by one, or left for later',
    ),
  soak: duration.default('3s').describe('How long a restarted node is watched before it counts as done'),
  during: restartSchema.shape.during,
  acceptStall: restartSchema.shape.acceptStall,
  giveUp: duration.default('15m').describe('How long a node may take to start before the run stops'),
})

export type DeployParams = z.infer<typeof params>
