// Has an earlier run given back what it had changed for a while? Shared by runbooks that lend settings. Pure.
import { type Gate, type Leftover, refuseAny } from '#sdk'

export const noRunLeftSettings = (
  prevents: string,
): Gate<{ readonly leftovers: readonly Leftover[] }, unknown> => ({
  name: 'no_run_left_settings_behind',
  prevents,
  waivable: 'never',
  check: ({ leftovers }) =>
    refuseAny(
      leftovers.map(({ run, name }) => `run ${run} has not given back ${name}: ops abort ${run}`),
      'nothing left over',
    ),
})
