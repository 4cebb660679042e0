// The Elasticsearch adapter: one way in. No type of the vendor's client leaves this folder.
export { connectElasticsearch, type ElasticsearchConnection } from './connect.ts'
export type { ConnectOptions } from './options.ts'
