// Why the plan has as many waves as it has: for the reader of a plan. Where nobody may be stopped there is nothing to say.
import type { WavePlan } from '#sdk'

export const sayBound = ({ waves, method, lowerBound, boundBy }: WavePlan): readonly string[] =>
  waves.length === 0
    ? []
    : [
        `waves ${method}; not fewer than ${lowerBound} because of ${boundBy.gate} (${boundBy.members.join(', ')})`,
      ]
