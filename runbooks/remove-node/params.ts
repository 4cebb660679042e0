// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'

export const params = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*(,[A-Za-z0-9][\w.-]*)*$/, 'must be host names, with commas between')
    .describe('Hosts of the inventory to take out for good, with commas between'),
  wipe: z
    .boolean()
    .default(false)
    .describe('Remove what lies in the data path as well; another person has to approve that'),
  soak: duration.default('30s').describe('How long a node must hold nothing before it is stopped'),
  stall: duration.default('10m').describe('How long copies may come no nearer before the drain is given up'),
  giveUp: duration.default('15m').describe('How long a node may take to stop and to leave'),
})

export type RemoveParams = z.infer<typeof params>

export const namesIn = (name: string): readonly string[] => [...new Set(name.split(','))]
