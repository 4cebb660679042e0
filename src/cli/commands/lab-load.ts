// `ops lab load`: writes with unique ids, and reads every one back. The work is in src/lab/load, loaded only when asked for.
import type { Command } from 'commander'
import type { CliIo } from '../io.ts'
import { example, parseNumber } from './lab-words.ts'

export function addLoad(lab: Command, io: () => CliIo): void {
  lab
    .command('load')
    .description('write documents at a fixed rate, keep a ledger, and read every one back')
    .option('--rate <number>', 'documents a second', parseNumber, 50)
    .option('--seconds <number>', 'end after this long; without it at Ctrl-C', parseNumber)
    .option('--name <name>', 'name of the ledger', 'load')
    .option('--kafka', 'produce messages to Kafka (acks=all) instead of documents to Elasticsearch')
    .option('--topic <name>', 'with --kafka: topic to produce to', 'raw-logs')
    .option('--keyed', 'with --kafka: give the messages keys')
    .option('--index <names>', 'indices to write to in turn, by commas; default: the six sources of today')
    .option('--detach', 'carry on in the background')
    .option('--stop', 'end the load of this name')
    .option('--status', 'how the load of this name goes')
    .option('--verify', 'read everything in the ledger back from every copy or partition')
    .addHelpText(
      'after',
      `${example('ops lab load --rate 50 --seconds 30 && ops lab load --verify')}\n  ops lab load --kafka --rate 200 --seconds 60 && ops lab load --kafka --verify`,
    )
    .action(async options => {
      const { runLoadCommand } = await import('../../lab/load/command.ts')
      const { stateDir, talk, json, live, result } = io()
      const { value, text, failure } = await runLoadCommand({ ...options, stateDir, talk, live })
      result(json ? value : text)
      if (failure) throw failure
    })
}
