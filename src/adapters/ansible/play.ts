// One run of ansible-playbook, from its files to its outcomes. It always leaves a quiet world behind: when it resolves
// or throws, no process of the play is alive and no file with a secret is left.
import { randomUUID } from 'node:crypto'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import type { PlayRequest, PlayResult } from '../../ports/ansible.ts'
import type { Json } from '../../ports/json.ts'
import { createEnvironment } from './environment.ts'
import {
  type Payload,
  type PluginEvent,
  parseLine,
  parsePayload,
  redactDeep,
  toAnsibleEvent,
} from './events.ts'
import { formatExtraHosts } from './extra-hosts.ts'
import { formatExtraVars } from './extra-vars.ts'
import { createStory, decideOutcomes, type Story } from './outcomes.ts'
import { type CancelTimings, endProcesses } from './processes.ts'
import { openLog, type RedactingLog } from './redacting-log.ts'
import { openTail } from './tail.ts'
import type { PlayFiles, Workspace } from './workspace.ts'

export interface PlayContext {
  readonly checkout: string
  readonly playbooks: string
  readonly inventory: string
  readonly stateDir: string
  readonly run: string
  /** Absolute path of ansible-playbook. */
  readonly tool: string
  readonly redact: (text: string) => string
  readonly timings: CancelTimings
  readonly heartbeatSeconds: number
}

const tailMs = 100
/** How long output may still come after the end. */
const drainMs = 1000
/** Longest message of an event; the whole of it is in the log. */
const messageLimit = 4096

/** What is played instead of the playbook itself, and what Ansible is told for it. */
export interface Wrapper {
  readonly playbook: string
  readonly env: Readonly<Record<string, string>>
}

export async function runPlay(
  context: PlayContext,
  workspace: Workspace,
  request: PlayRequest,
  wrapper: Wrapper = { playbook: pathOf(context, request), env: {} },
): Promise<PlayResult> {
  const files = await workspace.openPlay(request.playbook)
  const log = openLog(files.log, context.redact)
  const begun = performance.now()
  try {
    await writeInputs(files, request)
    const gathered = createGathering(context, files, request)
    const ending = await superviseChild(context, workspace, files, request, wrapper, log, gathered)
    await log.close()
    refuseBroken(request, gathered.story, ending, log, files)
    return {
      playbook: request.playbook,
      seconds: (performance.now() - begun) / 1000,
      outcomes: decideOutcomes(request.hosts, gathered.story, ending),
      results: gathered.results,
      diffs: gathered.diffs,
      log: files.log,
    }
  } finally {
    await files.remove()
  }
}

export const pathOf = ({ playbooks }: PlayContext, { playbook }: PlayRequest): string =>
  join(playbooks, playbook)

async function writeInputs(files: PlayFiles, request: PlayRequest): Promise<void> {
  await writeFile(files.vars, formatExtraVars(request.vars), { mode: 0o600 })
  await writeFile(files.limit, `${request.hosts.join('\n')}\n`, { mode: 0o600 })
  if (hasExtraHosts(request))
    await writeFile(files.extraHosts, formatExtraHosts(request.extraHosts ?? []), { mode: 0o600 })
}

const hasExtraHosts = ({ extraHosts = [] }: PlayRequest): boolean => extraHosts.length > 0

interface Gathering {
  readonly story: Story
  readonly results: Map<string, Json>
  readonly diffs: { host: string; task: string; diff: string }[]
  take(lines: readonly string[]): Promise<void>
  /** When something was last heard, by performance.now(). */
  heardAt(): number
}

/** Turns lines of the plugin into the story, the results, the kept events and the caller's events. */
function createGathering(context: PlayContext, files: PlayFiles, request: PlayRequest): Gathering {
  const story = createStory()
  const results = new Map<string, Json>()
  const diffs: Gathering['diffs'] = []
  let heardAt = performance.now()
  const redact = rememberRedaction(context.redact)
  const takeOne = (event: PluginEvent): PluginEvent => {
    story.add(event)
    if (event.host !== undefined && event.result !== undefined) results.set(event.host, event.result as Json)
    if (event.host !== undefined && event.diff !== undefined && request.check === true) {
      diffs.push({ host: event.host, task: event.task ?? '', diff: event.diff })
    }
    request.onEvent?.(toAnsibleEvent(event))
    return event
  }
  const take = async (lines: readonly string[]): Promise<void> => {
    heardAt = performance.now()
    const kept: string[] = []
    for (const line of lines) {
      const raw = parseLine(line)
      if (raw === null) {
        kept.push('{"kind":"unreadable"}\n')
        continue
      }
      const said = raw.spill === undefined ? raw : await readSpill(raw, files)
      const { result: _result, diff: _diff, ...rest } = takeOne(redactEvent(raw, said, redact))
      kept.push(`${JSON.stringify(rest)}\n`)
    }
    // A full disk must not end a play; the journal will notice it.
    await appendFile(files.events, kept.join(''), { mode: 0o600 }).catch(() => {})
  }
  return { story, results, diffs, take, heardAt: () => heardAt }
}

type Redact = (text: string) => string

/** Names of plays and tasks come once for every host. */
function rememberRedaction(redact: Redact): { readonly name: Redact; readonly text: Redact } {
  const known = new Map<string, string>()
  const name = (text: string): string => {
    const found = known.get(text) ?? redact(text)
    known.set(text, found)
    return found
  }
  return { name, text: redact }
}

/** The event with everything that a host said redacted; `said` is what it said, where that was long in a file of its own. */
function redactEvent(
  event: PluginEvent,
  { message, diff, result, item }: Payload,
  { name, text }: ReturnType<typeof rememberRedaction>,
): PluginEvent {
  return {
    ...event,
    ...(event.play === undefined ? {} : { play: name(event.play) }),
    ...(event.task === undefined ? {} : { task: name(event.task) }),
    ...(message == null ? {} : { message: shorten(text(message.toWellFormed())) }),
    ...(diff === undefined ? {} : { diff: text(diff.toWellFormed()) }),
    ...(result === undefined ? {} : { result: redactDeep(result, text) as Payload['result'] }),
    ...(item === undefined ? {} : { item: redactDeep(item, text) as Payload['item'] }),
  }
}

const shorten = (text: string): string =>
  text.length > messageLimit ? `${text.slice(0, messageLimit)} [cut: the whole of it is in the log]` : text

async function readSpill(event: PluginEvent, files: PlayFiles): Promise<Payload> {
  const text = await readFile(join(files.secret, event.spill ?? ''), 'utf8').catch(() => '')
  return parsePayload(text) ?? { message: 'said more than ops keeps' }
}

interface Ending {
  readonly exitCode: number | null
  readonly cancelled: boolean
}

/** Starts Ansible, follows it, and cancels it when the caller says so or nothing is heard for too long. */
async function superviseChild(
  context: PlayContext,
  workspace: Workspace,
  files: PlayFiles,
  request: PlayRequest,
  wrapper: Wrapper,
  log: RedactingLog,
  gathered: Gathering,
): Promise<Ending> {
  if (request.signal?.aborted === true) return { exitCode: null, cancelled: true }
  const child = startChild(context, workspace, files, request, wrapper, log)
  const tail = await openTail(files.rawEvents, gathered.take)
  const mustCancel = (): boolean =>
    request.signal?.aborted === true || performance.now() - gathered.heardAt() > request.stallMs
  try {
    let cancelled = false
    while (child.exitCode() === undefined && !cancelled) {
      await Promise.race([child.exited, sleep(tailMs)])
      await tail.read()
      cancelled = child.exitCode() === undefined && mustCancel()
    }
    await tail.read()
    // Modules and workers can outlive an Ansible that was killed; nothing may still be at work when hosts are probed.
    if (cancelled || gathered.story.recap === null) {
      await endAll(child.mark, cancelled ? child.pid : null, context, request)
    }
    await Promise.race([child.drained, sleep(drainMs)])
    await tail.read()
    return { exitCode: cancelled ? null : (child.exitCode() ?? null), cancelled }
  } catch (thrown) {
    // Nobody follows the play any more, so it must not go on.
    await endProcesses(child.mark, child.pid, context.timings)
    throw thrown
  } finally {
    await tail.close()
    child.release()
  }
}

interface PlayChild {
  /** What every process of this play carries in its environment. */
  readonly mark: string
  readonly pid: number
  readonly exited: Promise<void>
  /** Its output has been read to the end; never, where something that outlives it still holds it open. */
  readonly drained: Promise<unknown>
  /** `undefined` while it runs, `null` after a signal. */
  exitCode(): number | null | undefined
  release(): void
}

function startChild(
  context: PlayContext,
  workspace: Workspace,
  files: PlayFiles,
  request: PlayRequest,
  wrapper: Wrapper,
  log: RedactingLog,
): PlayChild {
  const id = randomUUID()
  const subprocess = execa(context.tool, planArguments(context, files, request, wrapper), {
    cwd: context.checkout,
    env: {
      ...createEnvironment({ ...context, home: workspace.home }),
      ANSIBLE_CALLBACK_PLUGINS: join(import.meta.dirname, 'plugin'),
      ANSIBLE_ACTION_PLUGINS: join(import.meta.dirname, 'plugin', 'action'),
      ANSIBLE_CALLBACKS_ENABLED: 'ops_events',
      ANSIBLE_SSH_CONTROL_PATH_DIR: workspace.controlPaths,
      OPS_EVENTS: files.rawEvents,
      OPS_HEARTBEAT_SECONDS: String(context.heartbeatSeconds),
      OPS_RUN: context.run,
      OPS_PLAY: id,
      ...wrapper.env,
    },
    extendEnv: false,
    // A session of its own: Ctrl-C on the terminal is for ops, which decides what to do about its plays.
    detached: true,
    stdin: 'ignore',
    buffer: false,
    reject: false,
  })
  subprocess.stdout.on('data', (chunk: Buffer) => log.write('stdout', chunk))
  subprocess.stderr.on('data', (chunk: Buffer) => log.write('stderr', chunk))
  let exitCode: number | null | undefined
  if (subprocess.pid === undefined) {
    void Promise.resolve(subprocess)
    throw new OpsError('ANSIBLE_MISSING', {
      message: `${context.tool} cannot be started`,
      hint: 'remove .venv and run sh demo/setup.sh',
    })
  }
  const { pid } = subprocess
  const exited = new Promise<void>(resolve => {
    const end = (code: number | null): void => {
      exitCode = code
      resolve()
    }
    subprocess.nodeChildProcess.once('exit', end)
    subprocess.nodeChildProcess.once('error', () => end(null))
  })
  return {
    mark: `OPS_PLAY=${id}`,
    pid,
    exited,
    drained: Promise.resolve(subprocess),
    exitCode: () => exitCode,
    release() {
      subprocess.stdout.destroy()
      subprocess.stderr.destroy()
    },
  }
}

/** A fixed list: neither secrets nor anything that a person typed stands on the command line. */
function planArguments(
  context: PlayContext,
  files: PlayFiles,
  request: PlayRequest,
  { playbook }: Wrapper,
): readonly string[] {
  return [
    '--inventory',
    context.inventory,
    ...(hasExtraHosts(request) ? ['--inventory', files.extraHosts] : []),
    '--limit',
    `@${files.limit}`,
    '--extra-vars',
    `@${files.vars}`,
    ...(request.check === true ? ['--check', '--diff'] : []),
    playbook,
  ]
}

async function endAll(
  mark: string,
  root: number | null,
  context: PlayContext,
  request: PlayRequest,
): Promise<void> {
  const left = await endProcesses(mark, root, context.timings)
  if (left.length === 0) return
  throw new OpsError('ANSIBLE_UNKNOWN', {
    message: `${request.playbook} was cancelled, but processes ${left.join(', ')} of it cannot be ended`,
    hint: 'look at them with: ps -fp PID; go on with ops resume once they are gone',
  })
}

/** A play that never began on any host touched nothing: an error, not an outcome. */
function refuseBroken(
  request: PlayRequest,
  story: Story,
  ending: Ending,
  log: RedactingLog,
  files: PlayFiles,
): void {
  if (ending.cancelled || ending.exitCode === null || story.hosts.size > 0) return
  if (story.empty && ending.exitCode === 0) {
    throw new OpsError('NO_HOSTS_MATCHED', {
      message: `${request.playbook} is for none of the hosts ${request.hosts.join(', ')}`,
    })
  }
  if (ending.exitCode === 0 && story.recap !== null) return
  throw new OpsError('ANSIBLE_FAILED', {
    message: `${request.playbook} could not be played (exit status ${ending.exitCode}): ${log.complaint() ?? 'no reason was given'}`,
    hint: `its output is in ${files.log}`,
  })
}
