import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  chooseSegment,
  flipByte,
  parseShard,
  planFlip,
  removeVerdicts,
  unflipByte,
} from '../../../../src/lab/faults/segments.ts'
import { makeDirectory } from '../fake-lab.ts'

describe('one byte of a shard', () => {
  it('is of the shard that was named, of the first one without a number', () => {
    expect(parseShard('crm.app-2025.04.10[3]')).to.deep.equal({ index: 'crm.app-2025.04.10', shard: 3 })
    expect(parseShard('logs')).to.deep.equal({ index: 'logs', shard: 0 })
    for (const text of ['', '[1]', 'logs[]', 'logs[x]', 'logs[1]more'])
      expect(() => parseShard(text), text).to.throw(/is no shard/)
  })

  it('is in the largest file of documents, never in the list of segments, the lock or a note', () => {
    const files = [
      { name: 'segments_5', bytes: 900 },
      { name: 'write.lock', bytes: 0 },
      { name: 'corrupted_abc', bytes: 2000 },
      { name: '_0.cfe', bytes: 300 },
      { name: '_0.cfs', bytes: 700 },
      { name: '_1_Lucene90_0.dvd', bytes: 100 },
    ]
    expect(chooseSegment(files)).to.deep.equal({ name: '_0.cfs', bytes: 700 })
    expect(chooseSegment([{ name: 'segments_5', bytes: 900 }])).to.equal(undefined)
    expect(chooseSegment([{ name: '_0.fnm', bytes: 16 }])).to.equal(undefined)
  })

  it('is turned over where the file ends, and turned back', () => {
    using directory = makeDirectory()
    const file = join(directory.path, '_0.cfs')
    const whole = Buffer.from(Array.from({ length: 40 }, (_, at) => at))
    writeFileSync(file, whole)
    const flip = planFlip(file)
    flipByte(flip)
    const spoilt = readFileSync(file)
    expect(spoilt.length).to.equal(40)
    expect([...spoilt.keys()].filter(at => spoilt[at] !== whole[at])).to.deep.equal([24])
    expect(unflipByte(flip)).to.equal(true)
    expect(readFileSync(file).equals(whole)).to.equal(true)
  })

  it('is left alone in a file that is not the one that was spoilt', () => {
    using directory = makeDirectory()
    const file = join(directory.path, '_0.cfs')
    writeFileSync(file, Buffer.alloc(40))
    const flip = planFlip(file)
    expect(unflipByte(flip), 'nothing was spoilt').to.equal(false)
    flipByte(flip)
    truncateSync(file, 30)
    expect(unflipByte(flip), 'another length').to.equal(false)
    expect(unflipByte({ ...flip, file: join(directory.path, 'gone') })).to.equal(false)
  })

  it('is believed again once the note of the server is gone', () => {
    using directory = makeDirectory()
    const [note, segment] = ['corrupted_x', '_0.cfs'].map(name => join(directory.path, name)) as [
      string,
      string,
    ]
    writeFileSync(note, '')
    writeFileSync(segment, '')
    removeVerdicts(directory.path)
    expect([existsSync(note), existsSync(segment)]).to.deep.equal([false, true])
  })
})
