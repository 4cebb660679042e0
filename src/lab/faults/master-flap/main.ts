// The process of `ops lab fault master-flap`, as its one argument describes it. Started by owner.ts alone.
import { z } from 'zod'
import { toOpsError } from '../../../errors/index.ts'
import { requireLab } from '../../state.ts'
import { flapMaster, flapWays } from './flap.ts'

const given = z.object({
  stateDir: z.string(),
  how: z.enum(flapWays),
  everyMs: z.number(),
  times: z.number().optional(),
})

const end = new AbortController()
process.on('SIGTERM', () => end.abort())
try {
  const { stateDir, ...options } = given.parse(JSON.parse(process.argv[2] ?? ''))
  const changes = await flapMaster(requireLab(stateDir), { ...options, signal: end.signal })
  console.log(`the master has changed ${changes} times`)
} catch (thrown) {
  const error = toOpsError(thrown)
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = error.exitCode
}
