// What one attempt to write a batch says about each document of it. Three-valued: a document whose attempt broke off may be
// there or not, and is never taken for either. Pure.

export type Attempt =
  /** Acknowledged; `conflict` where the server said that an earlier attempt had written it. */
  | { readonly kind: 'acked'; readonly via: 'created' | 'conflict' }
  /** Certainly not written, and worth trying again. */
  | { readonly kind: 'notWritten'; readonly reason: string }
  /** Certainly not written, and it never will be. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Written or not. */
  | { readonly kind: 'unsure'; readonly reason: string }

interface BulkItem {
  readonly create?: { readonly status?: number; readonly error?: { readonly type?: string } }
}

/** The answer to a bulk request, document by document. */
export function readAnswer(status: number, body: unknown, count: number): readonly Attempt[] {
  const items = (body as { items?: readonly BulkItem[] } | undefined)?.items
  if (status === 200 && items?.length === count) return items.map(readItem)
  return Array(count).fill(readRefusal(status))
}

/** A request that got no answer at all. */
export function readFailure(error: unknown): Attempt {
  const { code, name } = error as NodeJS.ErrnoException
  const reason = code ?? name ?? String(error)
  // Only where no connection came about is it certain that nothing was sent.
  return neverSent.has(reason) ? { kind: 'notWritten', reason } : { kind: 'unsure', reason }
}

const neverSent = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'])

function readItem({ create }: BulkItem): Attempt {
  const status = create?.status ?? 0
  const reason = create?.error?.type ?? String(status)
  if (status === 201 || status === 200) return { kind: 'acked', via: 'created' }
  if (status === 409) return { kind: 'acked', via: 'conflict' }
  // The queue was full before anything was done.
  if (status === 429) return { kind: 'notWritten', reason }
  if (status >= 400 && status < 500) return { kind: 'refused', reason }
  // A primary that went away may have handed the document on before it said so.
  return { kind: 'unsure', reason }
}

/** A whole request that the server turned down before it looked at any document. */
function readRefusal(status: number): Attempt {
  const reason = `status ${status}`
  // 401 too: a node that cannot reach the security index for a moment knows no user.
  if ([401, 403, 429, 503].includes(status)) return { kind: 'notWritten', reason }
  if (status >= 400 && status < 500) return { kind: 'refused', reason }
  return { kind: 'unsure', reason }
}

/** What a client knows of one document after some attempts. */
export interface Knowledge {
  readonly attempts: number
  readonly unsure: boolean
  readonly final?: 'ok' | 'fail' | 'unknown'
  readonly via?: 'created' | 'conflict'
  readonly reason?: string
}

export const nothingKnown: Knowledge = { attempts: 0, unsure: false }

export function learn(known: Knowledge, attempt: Attempt): Knowledge {
  const attempts = known.attempts + 1
  switch (attempt.kind) {
    case 'acked':
      // Ids are unique to one load, so a conflict is with our own document: after a broken-off attempt of ours, or at the
      // first attempt, when the coordinating node repeats by itself what a primary took before it went away.
      return { attempts, unsure: false, final: 'ok', via: attempt.via }
    case 'refused':
      return {
        attempts,
        unsure: known.unsure,
        final: known.unsure ? 'unknown' : 'fail',
        reason: attempt.reason,
      }
    case 'notWritten':
      return { attempts, unsure: known.unsure, reason: attempt.reason }
    case 'unsure':
      return { attempts, unsure: true, reason: attempt.reason }
  }
}

/** The client stops trying. */
export const giveUp = (known: Knowledge): Knowledge =>
  known.final ? known : { ...known, final: known.unsure ? 'unknown' : 'fail' }
