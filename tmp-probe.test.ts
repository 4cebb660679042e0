import { add, additionWorld, remarksOf } from './test/scenarios/add-node/world.ts'
it('x', async () => {
  const addition = additionWorld()
  const p = addition.world.begin()
  console.time('run')
  const end = await add(p)
  console.timeEnd('run')
  console.log(end)
  for (const r of await addition.world.journal.read('run-1')) console.log(r.seq, r.type, JSON.stringify((({ seq, at, run, type, prev, hash, ...rest }) => rest)(r as any)).slice(0, 200))
  console.log(await remarksOf(addition))
}).timeout(30000)
