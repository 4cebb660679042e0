// The contract of kafka-scram on the fake.
import { JumpClock } from '../../support/fake-cluster/jump-clock.ts'
import { createFakeCredentials } from '../../support/fake-credentials/fake-credentials.ts'
import { describeKafkaScram, scram } from './scram.contract.ts'

describeKafkaScram('the fake', async () => {
  const clock = new JumpClock()
  const credentials = createFakeCredentials(clock)
  return {
    credentials,
    clock,
    endpoints: ['kafka01', 'kafka02', 'kafka03'],
    addUser: async (name, secret) =>
      credentials.change(({ principals }) => {
        principals.push({ ...scram, name, secret, enabled: true, grants: ['allow Write'], madeBy: null })
      }),
    stopBroker: async name => credentials.downEndpoint(name),
    startBroker: async name => credentials.upEndpoint(name),
  }
})
