// Requests that may take long, as a window sends them: each progress report restarts the time limit, the list of the
// answer is assembled from its parts, and ids that do not fit into one message are sent in several requests.
import { CancellationTokenSource, type MessageConnection, ProgressType } from 'vscode-jsonrpc/node'
import { MAX_LIST_BYTES } from '../../core/protocol/limits'
import { type LongMethod, longRequests, type Work, type WorkReport } from '../../core/protocol/longRequests'
import type { OwnedFilter, ServiceApi } from '../../core/protocol/protocol'
import { messageBytes } from '../../core/protocol/wire'

const reports = new ProgressType<WorkReport>()
let lastToken = 0

/** @param onReport called for each progress report until the request is aborted: ending it must not take long */
export async function sendLong(
  connection: MessageConnection,
  method: LongMethod,
  params: object,
  work: Work | undefined,
  onReport: () => void,
): Promise<unknown> {
  const progress = ++lastToken
  const parts: unknown[] = []
  const listening = connection.onProgress(reports, progress, ({ done, total, part }) => {
    if (!work?.signal?.aborted) onReport()
    if (part) for (const item of part) parts.push(item)
    if (done !== undefined) work?.onProgress?.(done, total)
  })
  const cancellation = new CancellationTokenSource()
  const stop = () => cancellation.cancel()
  work?.signal?.addEventListener('abort', stop)
  if (work?.signal?.aborted) stop()
  try {
    const answer: Record<string, unknown> = await connection.sendRequest(
      method,
      { ...params, progress },
      cancellation.token,
    )
    const list = longRequests[method]
    return list === undefined ? answer : { ...answer, [list]: [...parts, ...(answer[list] as unknown[])] }
  } finally {
    listening.dispose()
    work?.signal?.removeEventListener('abort', stop)
  }
}

type LongRequest = (p: { filter: OwnedFilter } | { text: string }, work?: Work) => Promise<object>

/** The same service, with several requests where the ids of a filter are too many for one message. */
export function inPieces(service: ServiceApi): ServiceApi {
  const whole = (method: LongMethod): [LongMethod, LongRequest] => {
    const send = service[method] as LongRequest
    return [method, (p, work) => ('filter' in p && !fits(p.filter) ? sendInPieces(send, p, work) : send(p, work))]
  }
  return { ...service, ...Object.fromEntries((Object.keys(longRequests) as LongMethod[]).map(whole)) }
}

/** Counts bytes where there are many ids: an invalid id may be of any length. */
function fits({ ids }: OwnedFilter): boolean {
  return !ids || ids.length * 3 < 1000 || messageBytes(ids) <= MAX_LIST_BYTES
}

async function sendInPieces(send: LongRequest, p: { filter: OwnedFilter }, work: Work | undefined): Promise<object> {
  const { ids = [] } = p.filter
  let answer: object | undefined
  let before = 0
  for (const piece of piecesOf([...new Set(ids)])) {
    if (work?.signal?.aborted && answer) break
    const passed = before
    const more = await send(
      { ...p, filter: { ...p.filter, ids: piece } },
      { ...work, onProgress: done => work?.onProgress?.(passed + done, ids.length) },
    )
    answer = answer ? added(answer, more) : more
    before += piece.length
  }
  return answer as object
}

function* piecesOf(ids: readonly string[]): Generator<string[]> {
  let piece: string[] = []
  let bytes = 0
  for (const id of ids) {
    const size = messageBytes(id) + 1
    if (piece.length > 0 && bytes + size > MAX_LIST_BYTES) {
      yield piece
      piece = []
      bytes = 0
    }
    piece.push(id)
    bytes += size
  }
  yield piece
}

/** Two answers as one: counts are added, lists are concatenated. */
function added(first: object, second: object): object {
  const sum: Record<string, unknown> = { ...first }
  for (const [key, more] of Object.entries(second)) {
    const known = sum[key]
    if (typeof known === 'number' && typeof more === 'number') sum[key] = known + more
    else sum[key] = Array.isArray(known) && Array.isArray(more) ? [...known, ...more] : more
  }
  return sum
}
