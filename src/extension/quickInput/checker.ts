// Validates a text while it is typed.
import { sentenceOf } from '../../core/base/sentence'
import type { Note } from './note'

/** `signal` is aborted when the text has changed meanwhile. */
export type Check = (text: string, signal: AbortSignal) => Promise<Note | undefined> | Note | undefined

/** One check at a time: the result for a text that has changed meanwhile is dropped. */
export class Checker {
  readonly #check: Check | undefined
  readonly #onNote: (note: Note | undefined) => void
  #abort = new AbortController()

  constructor(check: Check | undefined, onNote: (note: Note | undefined) => void) {
    this.#check = check
    this.#onNote = onNote
  }

  async run(text: string): Promise<Note | undefined> {
    this.#abort.abort()
    const abort = new AbortController()
    this.#abort = abort
    const note = await this.#run(text, abort.signal)
    if (!abort.signal.aborted) this.#onNote(note)
    return note
  }

  async #run(text: string, signal: AbortSignal): Promise<Note | undefined> {
    try {
      return await this.#check?.(text, signal)
    } catch (error) {
      return { severity: 'error', message: sentenceOf(error) }
    }
  }

  dispose(): void {
    this.#abort.abort()
  }
}
