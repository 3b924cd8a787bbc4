// What every page says, whatever it shows.
import { isRecord } from '../base/records'

/** The page has (re)started, listens, and knows nothing yet. */
export interface PageReady {
  type: 'ready'
}

export function isPageReady(message: unknown): message is PageReady {
  return isRecord(message) && message.type === 'ready'
}
