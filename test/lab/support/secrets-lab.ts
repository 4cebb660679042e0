// One lab for every suite on secrets of this process: up when the first asks for it, down when all have ended. Ten real nodes, three brokers,
// two shippers and a Vault.
import { takeDown } from '../../../src/lab/down.ts'
import type { Lab } from '../../../src/lab/state.ts'
import { bringUp } from '../../../src/lab/up.ts'
import { makeDirectory } from '../../unit/lab/fake-lab.ts'

const talk = () => {}
const directory = makeDirectory()
let lab: Promise<Lab> | null = null

export const secretsLab = {
  stateDir: directory.path,
  up(): Promise<Lab> {
    lab ??= bringUp({
      ...{ stateDir: directory.path, layout: 'full', net: '127.0.67', offsetReset: 'earliest', talk },
      services: ['elasticsearch', 'kafka', 'logstash', 'vault'],
    })
    return lab
  },
} as const

// Outside of every suite, so at the end of all.
after(async function () {
  this.timeout(300_000)
  if (lab !== null) await takeDown(directory.path, talk)
  directory[Symbol.dispose]()
})
