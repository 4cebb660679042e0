// Nodes that come and go for good. Times are milliseconds. Errors as in elasticsearch.ts; UNSUPPORTED where the server lacks the API.
import type { ClusterIdentity, EndpointAnswer } from './elasticsearch.ts'

/** `GET _nodes/ID/shutdown` of a node that is to leave. */
export interface NodeMigration {
  /** NOT_STARTED, IN_PROGRESS, STALLED, COMPLETE */
  readonly status: string
  readonly shardsLeft: number
  /** Why it stands still, in the server's words. */
  readonly explanation: string | null
}

export interface MembershipPort {
  /**
   * `GET /` at one address that the inventory need not have, with the login and CA of the cluster. Never throws: a refused
   * connection, a wrong CA or a wrong password is a `problem`.
   */
  identityAt(url: string): Promise<EndpointAnswer>
  /** The cluster's settings and members as one node at this address has them. @throws as `identity` */
  membersAt(url: string): Promise<{ readonly identity: ClusterIdentity; readonly members: readonly string[] }>
  /** `PUT _nodes/ID/shutdown {type: remove}`, or `{type: replace, target_node_name}`; read back. @throws OpsError UNSUPPORTED */
  announceRemoval(node: {
    readonly id: string
    readonly reason: string
    readonly replacedBy?: string
  }): Promise<void>
  /** `DELETE _nodes/ID/shutdown`; no error where there is none. */
  withdraw(nodeId: string): Promise<void>
  /** `null` where no shutdown of it is announced, or the API is missing. */
  migration(nodeId: string): Promise<NodeMigration | null>
  /** `POST _cluster/voting_config_exclusions?node_names=`; returns when the committed configuration is without them. */
  excludeVoters(names: readonly string[]): Promise<void>
  /** `DELETE _cluster/voting_config_exclusions`; with `waitForRemoval` only once the excluded nodes have left. */
  clearVotingExclusions(options: { readonly waitForRemoval: boolean }): Promise<void>
  /** From now on this address is asked too, or no more: a host that has joined, or one that is to leave. */
  follow(host: { readonly host: string; readonly url: string }): Promise<void>
  unfollow(host: string): Promise<void>
}
