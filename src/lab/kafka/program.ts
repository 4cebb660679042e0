// How a broker is started, with the flags that many small JVMs on few cores want.
import { join } from 'node:path'
import type { LabNode } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import type { Program } from '../process/program.ts'
import { type Lab, requireKafka } from '../state.ts'

const jvm = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:ActiveProcessorCount=1',
  '-XX:ReservedCodeCacheSize=64m',
  '-XX:-UsePerfData',
  '-XX:+ExitOnOutOfMemoryError',
]

export function kafkaProgram(lab: Lab, { name, heapMiB }: LabNode): Program {
  const { root, config, logs, tmp } = nodePaths(lab.state.nodesRoot, name)
  return {
    command: [join(requireKafka(lab).home, 'bin', 'kafka-server'), join(config, 'server.properties')],
    env: {
      HOME: root,
      LOG_DIR: logs,
      KAFKA_HEAP_OPTS: `-Xms64m -Xmx${heapMiB}m`,
      KAFKA_JVM_PERFORMANCE_OPTS: [...jvm, `-Djava.io.tmpdir=${tmp}`, `-Duser.home=${root}`].join(' '),
      KAFKA_LOG4J_OPTS: `-Dlog4j.configuration=file:${join(config, 'log4j.properties')}`,
    },
    asNodeUser: true,
  }
}
