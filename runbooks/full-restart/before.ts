// What was there when nothing of ours wrote any more; the way up is compared with it. Types only, all of it survives JSON.

export type IndexDocs = {
  readonly name: string
  readonly uuid: string
  readonly docs: number
  /** It takes no writes. */
  readonly frozen: boolean
  /** Its lifecycle may delete it at any moment. */
  readonly managed: boolean
}

export type LogEnd = { readonly topic: string; readonly partition: number; readonly end: number }

export type Before = {
  /** The master, who stops last. */
  readonly elected: string
  /** When ingest stopped. */
  readonly standsMs: number
  readonly docs: readonly IndexDocs[]
  readonly ends: readonly LogEnd[]
  /** Records that the groups were behind, by group, before their consumers stopped. */
  readonly lags: { readonly [group: string]: number }
}
