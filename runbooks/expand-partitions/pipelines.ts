// Lines of Logstash pipelines that make something of a record's offset, and whether more partitions break it. Pure.

/** What `logstash_pipelines.yml` hands back of one host. */
export interface PipelineReading {
  readonly host: string
  /** Where it looked; empty where the inventory names no pipelines. */
  readonly glob: string
  readonly files: number
  /** Lines that speak of the offset. */
  readonly lines: readonly { readonly file: string; readonly text: string }[]
  /** Why nothing could be read. */
  readonly problem: string | null
}

/**
 * An offset says nothing without its partition, and after a key has moved a later record may have a lower one. An id of
 * partition and offset together stays what it was.
 */
export function explainOffsetUse(text: string): string | null {
  const line = text.trim()
  if (line.startsWith('#') || !/\[kafka\]\[offset\]/.test(line)) return null
  if (/^(version|version_type|external_version)\b/.test(line))
    return 'a version made of the offset goes back when a key moves'
  if (/\[kafka\]\[partition\]/.test(line)) return null
  if (/^document_id\b/.test(line)) return 'an id made of the offset alone is the same in every partition'
  return 'takes the offset for something, without the partition'
}

export const offsetHazards = (readings: readonly PipelineReading[]): readonly string[] =>
  readings.flatMap(({ host, lines }) =>
    lines.flatMap(({ file, text }) => {
      const why = explainOffsetUse(text)
      return why === null ? [] : [`${host} ${file}: ${text.trim()} (${why})`]
    }),
  )
