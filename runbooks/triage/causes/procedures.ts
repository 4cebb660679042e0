// Rulings on copies that some procedure holds: shutdowns, snapshots, restores, shrinking, versions, followers. Pure.
import { sayFew } from '#sdk'
import type { TriageFacts } from '../facts.ts'
import { abortRuns, advise, restoreAll, retryLifecycle, waitFor, withdrawShutdown } from './remedies.ts'
import { indicesOf, type Ruling } from './sighting.ts'

const minuteMs = 60_000

/** Announced shutdowns, with the node's name where it is known, and runs that have left theirs behind. */
function shutdownsIn({ shutdowns, members, leftovers }: TriageFacts) {
  return (shutdowns ?? []).map(({ nodeId, type, reason }) => ({
    nodeId,
    node: members?.find(({ id }) => id === nodeId)?.name ?? nodeId,
    type,
    reason,
    runs: leftovers.flatMap(({ run, kind, targets }) =>
      kind.includes('shutdown') || kind.includes('announce') ? (targets.includes(nodeId) ? [run] : []) : [],
    ),
  }))
}

export const shutdownRuling: Ruling = {
  id: 'shutting_down',
  sentence: (seen, facts) => {
    const announced = shutdownsIn(facts)
    const what = announced.map(({ node, type, reason }) => `${node} (${type}: ${reason})`)
    return `${what.length > 0 ? sayFew(what, 3) : sayFew(seen.nodes, 3)} ${what.length === 1 ? 'is' : 'are'} announced to leave, and ${what.length === 1 ? 'takes' : 'take'} no copies of ${sayFew(indicesOf(seen), 3)}`
  },
  remedies: (_seen, facts) => {
    const announced = shutdownsIn(facts)
    return [
      ...abortRuns([...new Set(announced.flatMap(({ runs }) => runs))]),
      ...announced.map(({ nodeId, node }) => withdrawShutdown(nodeId, node)),
      ...(announced.length === 0 ? [advise('see who is to leave', 'GET _nodes/shutdown')] : []),
    ]
  },
}

export const versionRuling: Ruling = {
  id: 'version_mixed',
  sentence: (seen, { nodes }) => {
    const versions = [...new Set((nodes ?? []).map(({ version }) => version))].sort()
    return `copies of ${sayFew(indicesOf(seen), 3)} cannot go to an older node: the cluster runs ${versions.length > 1 ? versions.join(' and ') : 'several versions'}`
  },
  remedies: () => [
    advise('finish the upgrade: bring every node to the newest version', 'ops run rolling-restart'),
  ],
}

export const snapshotRuling: Ruling = {
  id: 'snapshot_running',
  sentence: (seen, { snapshots }) => {
    const running = (snapshots ?? []).map(({ repository, snapshot }) => `${repository}:${snapshot}`)
    return `copies of ${sayFew(indicesOf(seen), 3)} are held while the snapshot ${running.length > 0 ? sayFew(running, 2) : 'that runs'} is taken`
  },
  remedies: () => [
    waitFor(30 * minuteMs, 'wait for the snapshot to end'),
    advise('or give the snapshot up, if it stands still', 'DELETE _snapshot/REPOSITORY/NAME'),
  ],
}

export const restoreRuling: Ruling = {
  id: 'restore_failed',
  sentence: seen =>
    `the restore of ${sayFew(indicesOf(seen), 3)} has failed, and the cluster does not try it again`,
  // What a restore has not brought in is in the snapshot all the same.
  remedies: (seen, { kept }) => [
    ...restoreAll(indicesOf(seen), kept ?? [], () => false),
    advise(
      `delete ${sayFew(indicesOf(seen), 3)} and restore again`,
      `ops run restore --indices ${indicesOf(seen).slice(0, 3).join()} --into place`,
    ),
  ],
}

export const resizeRuling: Ruling = {
  id: 'resize_source',
  sentence: seen =>
    `${sayFew(indicesOf(seen), 3)} ${indicesOf(seen).length === 1 ? 'is' : 'are'} made from an index of which no node has a copy of every shard`,
  remedies: (seen, { lifecycle }) => {
    const failing = new Set((lifecycle?.ilm?.errors ?? []).map(({ index }) => index))
    const ours = indicesOf(seen).filter(index => failing.has(index))
    return [
      ...(ours.length > 0 ? [retryLifecycle(ours)] : []),
      advise(
        'delete the new index, bring a copy of every shard of its source onto one node, and make it again',
        'PUT SOURCE/_settings {"index.routing.allocation.require._name": "NODE"}',
      ),
    ]
  },
}

export const repositoryRuling: Ruling = {
  id: 'repository_missing',
  sentence: seen =>
    `${sayFew(indicesOf(seen), 3)} ${indicesOf(seen).length === 1 ? 'lies' : 'lie'} in a repository that is not registered, or may not be used`,
  remedies: () => [
    advise('register the repository again, with its credentials in the keystore', 'PUT _snapshot/REPOSITORY'),
  ],
}

export const followerRuling: Ruling = {
  id: 'follower_bootstrap',
  sentence: seen => `${sayFew(indicesOf(seen), 3)} cannot begin to follow the index of another cluster`,
  remedies: () => [
    advise(
      'see whether the other cluster can be reached, then let it follow again',
      'POST INDEX/_ccr/resume_follow',
    ),
  ],
}

export const frozenRuling: Ruling = {
  id: 'frozen_role',
  sentence: seen =>
    `no node for frozen indices can take ${sayFew(indicesOf(seen), 3)}: the roles or the cache of ${sayFew(seen.nodes, 3)} do not allow it`,
  remedies: () => [
    advise('give one node the role data_frozen alone, with a cache', 'GET _cat/nodes?h=name,node.roles'),
  ],
}

export const writeLoadRuling: Ruling = {
  id: 'write_load',
  sentence: seen =>
    `${sayFew(seen.nodes, 3)} write as much as they can, and take no copies of ${sayFew(indicesOf(seen), 3)}`,
  remedies: () => [
    waitFor(10 * minuteMs, 'wait until the load has spread'),
    advise('add a node', 'ops run add-node'),
  ],
}
