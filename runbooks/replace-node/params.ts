// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'
import type { AddParams } from '../add-node/params.ts'

const hostName = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'must be the name of one host')

export const params = z
  .strictObject({
    old: hostName.describe('Host of the inventory that is to go'),
    new: hostName.describe('Host that takes its place, in the same group'),
    address: z
      .string()
      .regex(/^[\w.:-]+$/, 'must be one address')
      .optional()
      .describe('Address of the new host'),
    terraform: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'file' })
      .describe(
        'Where the new host stands instead: `terraform output -json`, a file, - for stdin, or the folder to ask',
      ),
    batch: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(4)
      .describe('How many copies move at a time, where there is no shutdown API'),
    wipe: z
      .boolean()
      .default(false)
      .describe('Remove what lies in the data path of the old host; another person has to approve that'),
    soak: duration.default('30s').describe('How long the old node must hold nothing before it is stopped'),
    stall: duration.default('10m').describe('How long copies may come no nearer before the run gives up'),
    giveUp: duration.default('15m').describe('How long a node may take to join, to stop or to leave'),
  })
  .superRefine(({ old, new: successor, address, terraform }, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    if ((address === undefined) === (terraform === undefined))
      issue('address', 'or --terraform must be given, and only one of them')
    if (old === successor) issue('new', 'must be another host than --old')
  })

export type ReplaceParams = z.infer<typeof params>

/** The new host alone, as add-node is asked for it. */
export const addParamsOf = (
  { new: name, address, terraform, stall, giveUp }: ReplaceParams,
  group: string,
): AddParams => ({
  ...(terraform === undefined ? { name, address } : { terraform }),
  ...{ group, within: '10%', stall, giveUp },
})
