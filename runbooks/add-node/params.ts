// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'

/** A name in the inventory, of which Ansible makes no pattern. */
export const hostName = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/

export const hostAddress = /^[\w.:-]+$/

const listOf = (title: string, isGood: (part: string) => boolean, words: string) =>
  z
    .string()
    .refine(text => text.split(',').every(isGood), words)
    .meta({ title })

export const params = z
  .strictObject({
    name: listOf('hosts', part => hostName.test(part), 'must be host names with commas between them')
      .optional()
      .describe('Names of the new hosts, by commas'),
    group: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, 'must be the name of a group')
      .optional()
      .describe('Group of the inventory that they go into; with --terraform: only hosts of this group'),
    address: listOf('addresses', part => hostAddress.test(part), 'must be addresses with commas between them')
      .optional()
      .describe('Their addresses, in the order of the names'),
    terraform: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'file' })
      .describe(
        'Hosts of `terraform output -json` that the inventory lacks: a file, - for stdin, or the folder to ask',
      ),
    within: z
      .string()
      .regex(/^([1-9]|[1-9]\d)%$/, 'must be a share between 1% and 99%')
      .default('10%')
      .meta({ title: 'percent' })
      .describe('How far from the mean of its tier a node may be and still count as balanced'),
    stall: duration.default('10m').describe('How long no shard may come nearer before the run stops'),
    giveUp: duration.default('15m').describe('How long a node may take to join before it is taken back'),
  })
  .superRefine(({ name, group, address, terraform }, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    if ((name === undefined) === (terraform === undefined))
      issue('name', 'or --terraform must be given, and only one of them')
    if (name === undefined) return
    if (group === undefined) issue('group', 'must be given with --name')
    if (address === undefined) issue('address', 'must be given with --name')
    else if (address.split(',').length !== name.split(',').length)
      issue('address', 'must be as many as there are names')
  })

export type AddParams = z.infer<typeof params>

export const shareOf = (text: string): number => Number.parseInt(text, 10) / 100
