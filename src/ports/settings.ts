// Settings of a remote system that a run may change for a while and must give back.
import type { Json } from './json.ts'

export interface SettingAddress {
  /** Which adapter reads and writes it, such as `elasticsearch.cluster` or `elasticsearch.index`. */
  readonly kind: string
  /** The setting's own name, such as `index.unassigned.node_left.delayed_timeout`. */
  readonly name: string
}

export interface SettingsPort {
  /** Current explicit value per target; `null` where it is unset. A target that no longer exists is left out. */
  read(address: SettingAddress, targets: readonly string[]): Promise<ReadonlyMap<string, Json>>
  /** Sets one value on every target; `null` unsets. Targets that no longer exist are passed over. */
  write(address: SettingAddress, targets: readonly string[], value: Json): Promise<void>
}
