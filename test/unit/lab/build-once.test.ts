import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { buildOnce, type Recipe, tellLines } from '../../../src/lab/build-once.ts'
import { makeDirectory } from './fake-lab.ts'

describe('what is built once', () => {
  let directory: ReturnType<typeof makeDirectory>
  let built: number
  beforeEach(() => {
    directory = makeDirectory()
    built = 0
    process.env.OPS_CACHE = join(directory.path, 'cache')
    mkdirSync(join(directory.path, 'recipe'))
    writeFileSync(join(directory.path, 'recipe', 'list'), 'one')
  })
  afterEach(() => {
    delete process.env.OPS_CACHE
    directory[Symbol.dispose]()
  })
  const recipe = (build?: Recipe['build']): Recipe => ({
    name: 'thing',
    directory: join(directory.path, 'recipe'),
    longestBuildMs: 5000,
    requireTools: () => {},
    build:
      build ??
      (async draft => {
        built += 1
        writeFileSync(join(draft, 'made'), String(built))
      }),
  })

  it('is built for the first who asks, and found by everybody after', async () => {
    const [first, second] = await Promise.all([buildOnce(recipe()), buildOnce(recipe())])
    expect(second).to.equal(first)
    expect(built).to.equal(1)
    expect(readFileSync(join(first, 'made'), 'utf8')).to.equal('1')
  })

  it('is built again, beside the old one, when the recipe has changed', async () => {
    const before = await buildOnce(recipe())
    writeFileSync(join(directory.path, 'recipe', 'list'), 'two')
    expect(await buildOnce(recipe())).not.to.equal(before)
    expect(existsSync(before)).to.equal(true)
  })

  it('is never found half built', async () => {
    let draft = ''
    const failing = recipe(async given => {
      draft = given
      writeFileSync(join(given, 'half'), '')
      throw new Error('no more')
    })
    expect(await buildOnce(failing).catch((error: Error) => error.message)).to.equal('no more')
    expect(existsSync(draft)).to.equal(false)
    expect(existsSync(join(await buildOnce(recipe()), 'half'))).to.equal(false)
  })

  it('asks for tools only where something has to be built', async () => {
    await buildOnce(recipe())
    const poor: Recipe = {
      ...recipe(),
      requireTools: () => {
        throw new Error('no compiler')
      },
    }
    await buildOnce(poor)
    writeFileSync(join(directory.path, 'recipe', 'list'), 'three')
    expect(await buildOnce(poor).catch((error: Error) => error.message)).to.equal('no compiler')
  })
})

describe('the lines of a tool', () => {
  it('are told without colours and without empty ones', () => {
    const told: string[] = []
    tellLines('\u001b[31mone\u001b[0m\n\n  \ntwo', line => told.push(line))
    expect(told).to.deep.equal(['one', 'two'])
  })
})
