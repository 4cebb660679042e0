// The live display: listr2 keeps the lines on the screen, the engine's notices say what they are. Its tasks do nothing
// but wait for the end. It must never leave the terminal without its cursor, nor keep the process alive.
import type { WriteStream } from 'node:tty'
import { DefaultRenderer, Listr, ListrDefaultRendererLogLevels, ListrLogger, Spinner } from 'listr2'
import type { JournalRecord } from '../../ports/journal.ts'
import type { Host, Notice } from '../../ports/notify.ts'
import { drawFrame } from './frame.ts'
import { type Display, emptyDisplay, foldNotice } from './state.ts'
import { Terminal } from './terminal.ts'

export interface LiveOptions {
  /** Records of the run from earlier processes, so that a resumed run shows all of its members. */
  readonly history?: readonly JournalRecord[]
  readonly now?: () => number
  readonly colour?: boolean
}

/** Lines that a frame can have at most. */
const mostLines = 60

export function liveDisplay(
  stream: WriteStream,
  { history = [], now = Date.now, colour = process.env.NO_COLOR === undefined }: LiveOptions = {},
): Host & { close(): Promise<void> } {
  const display = emptyDisplay()
  for (const record of history) foldNotice(display, { kind: 'record', record }, now())
  let shown: Shown | null = null
  return {
    notify: (notice: Notice) => {
      foldNotice(display, notice, now())
      if (notice.kind === 'record') shown ??= show(stream, display, now, colour)
    },
    close: async () => {
      await shown?.end()
    },
  }
}

interface Shown {
  end(): Promise<void>
}

function show(stream: WriteStream, display: Display, now: () => number, colour: boolean): Shown {
  const terminal = new Terminal(stream)
  const release = Promise.withResolvers<void>()
  let tick = 0
  let last = false
  const draw = (): void => {
    tick++
    display.said = terminal.lastHeld || display.said
    const { columns = 80, rows = 24 } = stream
    const lines = drawFrame(display, { nowMs: now(), columns, rows, colour, tick, last })
    for (const [index, task] of listr.tasks.entries()) task.title = lines[index] ?? ''
  }
  const listr = new Listr(
    Array.from({ length: mostLines }, () => ({ title: ' ', task: () => release.promise })),
    {
      concurrent: true,
      // Ctrl-C is answered by the run, at its next safe point.
      registerSignalListeners: false,
      renderer: LiveRenderer,
      rendererOptions: {
        formatOutput: 'truncate',
        icon: noIcons,
        logger: new ListrLogger({ processOutput: terminal }),
        spinner: new Ticker(draw),
      },
    },
  )
  process.once('exit', terminal.restore)
  draw()
  const running = listr.run()
  let ending: Promise<void> | null = null
  const end = async (): Promise<void> => {
    last = true
    draw()
    release.resolve()
    await running
    process.off('exit', terminal.restore)
  }
  return { end: () => (ending ??= end()) }
}

/** listr2 asks standard output whether it is a terminal; the display is on standard error. */
class LiveRenderer extends DefaultRenderer {
  static override nonTTY = true
}

const frameMs = 200
const noIcons = Object.fromEntries(Object.values(ListrDefaultRendererLogLevels).map(level => [level, '']))

/** Draws at a steady pace instead of turning a spinner of its own. */
class Ticker extends Spinner {
  readonly #draw: () => void
  #timer: NodeJS.Timeout | null = null

  constructor(draw: () => void) {
    super()
    this.#draw = draw
  }

  override fetch(): string {
    return ''
  }

  override isRunning(): boolean {
    return this.#timer !== null
  }

  override start(update: () => void = () => {}): void {
    this.#timer = setInterval(() => {
      this.#draw()
      update()
    }, frameMs)
    this.#timer.unref()
  }

  override stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
