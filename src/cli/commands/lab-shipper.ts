// The verb that starts a shipper beside those of the inventory: a consumer that nobody remembers, for drills of a rotation.
import type { Command } from 'commander'
import type { CliIo } from '../io.ts'
import { example, parseNumber } from './lab-words.ts'

export function addShipper(lab: Command, io: () => CliIo): void {
  lab
    .command('shipper')
    .description('start one more shipper, which no inventory has, with its own copy of the credentials')
    .argument('<name>')
    .requiredOption(
      '--address <number>',
      'the last number of its address on the network of the lab',
      parseNumber,
    )
    .addHelpText('after', example('ops lab shipper stray01 --address 79'))
    .action(async (name: string, { address }: { address: number }) => {
      const { startStray } = await import('../../lab/shipper/stray.ts')
      const { stateDir, json, result } = io()
      const node = await startStray(stateDir, { name, last: address })
      result(
        json
          ? { name, address: node.address }
          : `${name} ships from ${node.address}; end it: ops lab fault stop ${name}`,
      )
    })
}
