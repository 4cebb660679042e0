// Reads what is appended to a file, in bounded pieces of whole lines.
import { type FileHandle, open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'

export interface Tail {
  /** Hands over every whole line that has come since the last call, a piece at a time. */
  read(): Promise<void>
  close(): Promise<void>
}

const pieceBytes = 256 * 1024

export async function openTail(
  path: string,
  onLines: (lines: readonly string[]) => Promise<void>,
): Promise<Tail> {
  const file: FileHandle = await open(path, 'r')
  const piece = Buffer.alloc(pieceBytes)
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return {
    async read() {
      for (;;) {
        const { bytesRead } = await file.read(piece, 0, pieceBytes)
        if (bytesRead === 0) return
        const lines = (rest + decoder.write(piece.subarray(0, bytesRead))).split('\n')
        rest = lines.pop() ?? ''
        if (lines.length > 0) await onLines(lines)
      }
    },
    close: () => file.close(),
  }
}
