// A question to brokers that elect meanwhile.
import { expect } from 'chai'
import kafkajs, { type Kafka } from 'kafkajs'
import { askBrokers } from '../../../../src/lab/kafka/ask.ts'

const refusal = (type: string): Error => {
  const said = Object.assign(new Error(`the broker says ${type}`), { type })
  return Object.assign(new kafkajs.KafkaJSNonRetriableError('gave up'), { cause: said })
}

/** Counts the clients that are open; each of them is asked once. */
function brokersThatSay(...answers: (string | Error)[]) {
  const clients = { opened: 0, open: 0 }
  const kafka = {
    admin: () => ({
      connect: async () => {
        clients.opened += 1
        clients.open += 1
      },
      disconnect: async () => {
        clients.open -= 1
      },
      listTopics: async () => {
        const answer = answers.shift()
        if (answer instanceof Error) throw answer
        return [answer]
      },
    }),
  } as unknown as Kafka
  return { kafka, clients }
}

describe('askBrokers', () => {
  it('asks again by a new client while a leader or a coordinator is on its way', async () => {
    const { kafka, clients } = brokersThatSay(
      refusal('LEADER_NOT_AVAILABLE'),
      refusal('NOT_COORDINATOR_FOR_GROUP'),
      'raw-logs',
    )
    expect(await askBrokers(kafka, admin => admin.listTopics())).to.deep.equal(['raw-logs'])
    expect(clients).to.deep.equal({ opened: 3, open: 0 })
  })

  it('throws at once what does not pass by itself', async () => {
    const { kafka, clients } = brokersThatSay(refusal('TOPIC_AUTHORIZATION_FAILED'), 'raw-logs')
    const thrown = await askBrokers(kafka, admin => admin.listTopics()).catch(error => error)
    expect(thrown.cause.type).to.equal('TOPIC_AUTHORIZATION_FAILED')
    expect(clients).to.deep.equal({ opened: 1, open: 0 })
  })
})
