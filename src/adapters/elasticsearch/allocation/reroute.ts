// Commands for copies: tried, or carried out. A command that loses data goes out only where the caller has named it so; nothing here
// makes one of another.
import { z } from 'zod'
import type { RerouteAnswer, RerouteCommand } from '../../../ports/allocation.ts'
import { acknowledged } from '../cluster-settings.ts'
import { parse } from '../parse.ts'
import type { Answer, Pool } from '../pool.ts'
import { against, decisions } from './decisions.ts'

const tryAnswerOf = (commands: number) =>
  z.object({ explanations: z.array(z.object({ decisions })).length(commands) })

export async function tryReroute(pool: Pool, commands: readonly RerouteCommand[]): Promise<RerouteAnswer> {
  if (commands.length === 0) return { decisions: [] }
  const answer = await pool.read({
    method: 'POST',
    path: '/_cluster/reroute',
    viaMaster: 'read',
    query: {
      dry_run: 'true',
      explain: 'true',
      metric: 'none',
      filter_path: 'explanations.command,explanations.decisions',
    },
    body: { commands: commands.map(toWire) },
  })
  // One for each command, in their order: of one that is not there nobody could say that it is allowed.
  const { explanations } = parse(tryAnswerOf(commands.length), answer)
  return {
    decisions: commands.map((command, at) => ({
      command,
      against: against(explanations[at]?.decisions ?? []),
    })),
  }
}

export async function reroute(pool: Pool, commands: readonly RerouteCommand[]): Promise<void> {
  if (commands.length === 0) return
  const body = { commands: commands.map(toWire) }
  requireAcknowledged(
    await pool.write({
      method: 'POST',
      path: '/_cluster/reroute',
      viaMaster: 'change',
      query: { metric: 'none' },
      body,
    }),
  )
}

export async function retryFailed(pool: Pool): Promise<void> {
  requireAcknowledged(
    await pool.write({
      method: 'POST',
      path: '/_cluster/reroute',
      viaMaster: 'change',
      query: { retry_failed: 'true', metric: 'none' },
    }),
  )
}

const requireAcknowledged = (answer: Answer) =>
  acknowledged(parse(z.object({ acknowledged: z.boolean() }), answer).acknowledged, 'the routing of shards')

function toWire(command: RerouteCommand): object {
  const { index, shard } = command
  switch (command.do) {
    case 'move':
      return { move: { index, shard, from_node: command.from, to_node: command.to } }
    case 'allocate_replica':
    case 'cancel':
      return { [command.do]: { index, shard, node: command.node } }
    case 'allocate_stale_primary':
    case 'allocate_empty_primary':
      return { [command.do]: { index, shard, node: command.node, accept_data_loss: true } }
  }
}
