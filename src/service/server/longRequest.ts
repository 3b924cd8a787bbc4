// A request that may take long: reports how much is done and that it is still worked on, sends the list of its answer
// ahead in parts that fit into messages, and is stopped when its window asks for it.

import { UPDATE_INTERVAL_MS } from '../../core/protocol/limits'
import { inLists } from '../../core/protocol/lists'
import { WORKING_INTERVAL_MS, type Work, type WorkReport } from '../../core/protocol/longRequests'
import { messageBytes } from '../../core/protocol/wire'

/** The window that has sent the request. */
export interface Requester {
  /** Rejects when the report cannot be sent; resolves when the window has room for more. */
  send(report: WorkReport): Promise<void>
  readonly signal: AbortSignal
}

/** @returns the answer, with an empty list when that has been sent ahead */
export async function answerInParts<A extends object>(
  list: string | undefined,
  { send, signal }: Requester,
  run: (work: Work) => Promise<A>,
): Promise<A> {
  let sentAt = Number.NEGATIVE_INFINITY // the first report comes at once
  const report = (about: WorkReport) => {
    sentAt = performance.now()
    send(about).catch(() => undefined) // its connection has closed
  }
  const alive = setInterval(() => report({}), WORKING_INTERVAL_MS)
  try {
    const answer = await run({
      signal,
      onProgress: (done, total) => {
        if (performance.now() - sentAt > UPDATE_INTERVAL_MS) report({ done, ...(total !== undefined && { total }) })
      },
    })
    if (list === undefined) return answer
    const items = (answer as Record<string, readonly unknown[]>)[list] ?? []
    for (const part of inLists(items, messageBytes)) await send({ part })
    return { ...answer, [list]: [] }
  } finally {
    clearInterval(alive)
  }
}
