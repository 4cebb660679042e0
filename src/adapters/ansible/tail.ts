// Reads what is appended to a file, line by line, in bounded pieces.
import { type FileHandle, open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'

export interface Tail {
  /** Hands over every whole line that has come since the last call. */
  read(): Promise<void>
  close(): Promise<void>
}

const pieceBytes = 256 * 1024

export async function openTail(path: string, onLine: (line: string) => void | Promise<void>): Promise<Tail> {
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
        for (const line of lines) await onLine(line)
      }
    },
    close: () => file.close(),
  }
}
