// Which indices a setting can be changed of: the server lets nobody change those of its own, and would refuse the whole.
import { type Run, sayFew } from '#sdk'

export async function splitChangeable(
  run: Run,
  key: string,
  indices: readonly string[],
): Promise<{ readonly targets: readonly string[]; readonly kept: readonly string[] }> {
  const kept = await run.note(`${key}.kept`, () => run.elasticsearch.unchangeable(indices))
  return { targets: indices.filter(index => !kept.includes(index)), kept }
}

export const sayKept = (kept: readonly string[]): string =>
  kept.length === 0 ? '' : `${sayFew(kept, 3)} left as it is: nobody may change it`
