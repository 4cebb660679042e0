import { expect } from 'chai'
import { type Code, OpsError } from '../../../src/errors/index.ts'
import { patiently } from '../../../src/lab/elasticsearch/http.ts'
import { waitFor } from '../../../src/lab/wait.ts'

const onStall = (progress: string) => new OpsError('STALLED', { message: `still at ${progress}` })

describe('waiting', () => {
  it('goes on for as long as there is progress, however long that is', async () => {
    let looks = 0
    const look = async () => (++looks < 10 ? { progress: String(looks) } : { result: 'done' })
    expect(await waitFor({ stallMs: 15, everyMs: 10, look, onStall })).to.equal('done')
  })

  it('ends with what it saw last when nothing moves', async () => {
    const look = async () => ({ progress: '7/10' })
    const error = await waitFor({ stallMs: 30, everyMs: 5, look, onStall }).catch(thrown => thrown)
    expect(error).to.have.property('message', 'still at 7/10')
  })
})

describe('asking patiently', () => {
  const answers = (...codes: (Code | undefined)[]) => {
    let calls = 0
    const ask = async () => {
      const code = codes[calls++]
      if (code) throw new OpsError(code, { message: code })
      return calls
    }
    return patiently({ ask, send: () => Promise.reject(), [Symbol.dispose]: () => {} }, 800)
  }

  it('asks again what a cluster was too busy for', async () => {
    expect(await answers('CLUSTER_BUSY', undefined).ask('GET', '/')).to.equal(2)
  })

  it('takes a refusal for an answer, and has its limit', async () => {
    const code = (one: ReturnType<typeof answers>) => one.ask('GET', '/').catch(error => error.code)
    expect(await code(answers('CLUSTER_REJECTED', undefined))).to.equal('CLUSTER_REJECTED')
    expect(await code(answers('CLUSTER_BUSY', 'CLUSTER_BUSY', 'CLUSTER_BUSY', undefined))).to.equal(
      'CLUSTER_BUSY',
    )
  })
})
