// The process of `ops lab load --detach`: a load as its one argument describes it. Started by command.ts alone.
import { toOpsError } from '../../errors/index.ts'
import { runLoadCommand } from './command.ts'

try {
  const options = JSON.parse(process.argv[2] ?? '')
  const { text } = await runLoadCommand({ ...options, talk: line => console.error(line) })
  console.log(text)
} catch (thrown) {
  const error = toOpsError(thrown)
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = error.exitCode
}
