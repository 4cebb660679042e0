// Index names in portions that fit into one request line (the server takes 4 KiB). It must never drop or repeat a name.

const maxNames = 100
const maxChars = 3000

/** Each portion, ready for a path: encoded and joined by commas. */
export function chunkNames(names: readonly string[]): { readonly names: string[]; readonly path: string }[] {
  const chunks: { names: string[]; path: string }[] = []
  for (const name of names) {
    const encoded = encodeURIComponent(name)
    const last = chunks.at(-1)
    if (last && last.names.length < maxNames && last.path.length + encoded.length < maxChars) {
      last.names.push(name)
      last.path += `,${encoded}`
    } else {
      chunks.push({ names: [name], path: encoded })
    }
  }
  return chunks
}
