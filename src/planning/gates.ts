// The gates that the planner itself keeps, by the names that people see. Caps bring gates of their own; a gate
// here can be waived by no caller, only the world can change.
export const planningGates = {
  // The last in-sync copy stops: reads and writes of its shard fail, and a broken disk would now lose it.
  copies: 'enough_in_sync_copies_stay_up',
  // Two members start on one machine: both recover at half speed, and one crash of the machine is two members.
  machine: 'one_member_of_a_machine_at_a_time',
  // Everything looks free, everything stops, and what is left cannot carry the load.
  total: 'no_more_down_than_allowed',
  // A broken package or config stops every member of a tier instead of its first.
  canary: 'first_of_a_tier_goes_alone',
  // The elected master stops early: each stop after it may mean one more election.
  last: 'last_of_a_tier_waits_for_the_others',
  // No outage, but a run that grows: late members start early and hold up all of the wave before theirs.
  line: 'is_not_in_the_way_of_the_next_in_line',
  // A member that crashed by itself is "restarted" and the crash goes unseen.
  up: 'is_not_down_already',
  // The map is partial and the member's copies are not in it, so every gate would be open.
  known: 'is_seen_in_the_fresh_world',
} as const

/** Why a bound holds that comes from pairs and from no single share or cap. */
export const pairwise = 'no_two_of_these_at_once'
