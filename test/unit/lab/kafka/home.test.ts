import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { recipeDir } from '../../../../src/lab/kafka/install.ts'
import { explainMavenBuild } from '../../../../src/lab/maven-home.ts'
import { makeDirectory } from '../fake-lab.ts'

describe('the recipe of the Kafka home', () => {
  it('knows the checksum of every jar that it fetches', () => {
    const pom = readFileSync(join(recipeDir, 'pom.xml'), 'utf8')
    const version = /<kafka.version>(.*)<\/kafka.version>/.exec(pom)?.[1] ?? ''
    const item = /<artifactId>([^<]+)<\/artifactId><version>([^<]+)<\/version><\/artifactItem>/g
    const fetched = [...pom.matchAll(item)].map(
      ([, name, of]) => `${name}-${of?.startsWith('$') ? version : of}.jar`,
    )
    const known = readFileSync(join(recipeDir, 'jars.sha256'), 'utf8').trim().split('\n')
    expect(known.every(line => /^[0-9a-f]{64} {2}lib\/\S+\.jar$/.test(line))).to.equal(true)
    expect(known.map(line => line.slice(line.lastIndexOf('/') + 1))).to.have.members(fetched)
  })

  it('tells a jar that is not the one expected from a source that cannot be reached', () => {
    expect(
      explainMavenBuild('Kafka', 'lib/kafka-raft-3.6.2.jar: FAILED\nsha256sum: WARNING').message,
    ).to.equal('not the jar that was expected (jars.sha256): lib/kafka-raft-3.6.2.jar')
    expect(explainMavenBuild('Kafka', '[INFO] x\n[ERROR] Unknown host\n[ERROR] more\n').message).to.equal(
      'the Kafka home could not be built: [ERROR] Unknown host',
    )
  })
})

describe('the script of the Kafka home', () => {
  let directory: ReturnType<typeof makeDirectory>
  before(() => {
    directory = makeDirectory()
    for (const part of ['bin', 'config', 'java']) mkdirSync(join(directory.path, part))
    copyFileSync(join(recipeDir, 'kafka'), join(directory.path, 'bin', 'kafka'))
    copyFileSync(join(recipeDir, 'tools'), join(directory.path, 'config', 'tools'))
    for (const name of ['kafka-server-start.sh', 'kafka-topics', 'kafka-topics.sh', 'kafka-nothing.sh']) {
      symlinkSync('kafka', join(directory.path, 'bin', name))
    }
    writeFileSync(join(directory.path, 'java', 'java'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 })
  })
  after(() => directory[Symbol.dispose]())

  const run = (name: string, env: Record<string, string> = {}) =>
    execa(join(directory.path, 'bin', name), ['--list'], {
      reject: false,
      extendEnv: false,
      env: { PATH: [join(directory.path, 'java'), process.env.PATH].join(delimiter), ...env },
    })

  it('is the tool by whose name it is called, in the words of the lab and of the official archive', async () => {
    for (const name of ['kafka-topics', 'kafka-topics.sh']) {
      expect((await run(name)).stdout).to.match(/\nkafka\.admin\.TopicCommand\n--list$/)
    }
    expect((await run('kafka-server-start.sh')).stdout).to.match(/\nkafka\.Kafka\n--list$/)
  })

  it('hands every variable of the official scripts on, word by word', async () => {
    const { stdout } = await run('kafka-server-start.sh', {
      KAFKA_HEAP_OPTS: '-Xms99m -Xmx99m',
      KAFKA_JVM_PERFORMANCE_OPTS: '-XX:+UseG1GC',
      KAFKA_OPTS: '-javaagent:a.jar=1:2',
      KAFKA_LOG4J_OPTS: '-Dlog4j.configuration=file:/there',
      LOG_DIR: '/logs of mine',
    })
    expect(stdout.split('\n')).to.include.members([
      '-Xms99m',
      '-Xmx99m',
      '-XX:+UseG1GC',
      '-javaagent:a.jar=1:2',
      '-Dlog4j.configuration=file:/there',
      '-Dkafka.logs.dir=/logs of mine',
    ])
    expect(stdout).not.to.include('SerialGC')
  })

  it('names the tools that there are where it is called by another name', async () => {
    const { exitCode, stderr } = await run('kafka-nothing.sh')
    expect(exitCode).to.equal(64)
    expect(stderr).to.match(/^kafka-nothing is no tool of this Kafka home; there are: kafka-server /)
  })
})
