// Nodes that somebody has announced to leave or to restart, by their names where they are members. Pure.
import type { NodeInfo, ShutdownRecord } from '#sdk'

export const sayShutdowns = (
  shutdowns: readonly ShutdownRecord[],
  nodes: readonly Pick<NodeInfo, 'id' | 'name'>[],
): readonly string[] =>
  shutdowns.map(
    ({ nodeId, type, reason }) =>
      `${nodes.find(({ id }) => id === nodeId)?.name ?? nodeId}: ${type}, "${reason}"`,
  )
