// A process of `ops` that prepares a play, says so, and never gives the word: for tests that kill it.
//
//   node prepare-and-wait.ts STATE_DIR RUN
import { join, resolve } from 'node:path'
import { createAnsible } from '../../src/adapters/ansible/index.ts'

const [stateDir = '', run = ''] = process.argv.slice(2)
const ansible = createAnsible({
  checkout: resolve(import.meta.dirname, '../..'),
  inventory: join(import.meta.dirname, '../ansible/inventory'),
  playbooks: join(import.meta.dirname, '../ansible/playbooks'),
  stateDir,
  run,
  runDir: join(stateDir, run),
  redact: text => text,
})
await ansible.prepare({
  playbook: 'works.yml',
  hosts: ['alpha'],
  vars: {},
  stallMs: 60_000,
  onEvent: ({ kind }) => {
    if (kind === 'host.started') console.log('waits')
  },
})
